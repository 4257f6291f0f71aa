//! What every launcher is told, whatever its proxy is: where its control planes are, and how Envoy is run.
use super::{
    control_plane::{Address, ControlPlane},
    port_or_off::{PortOrOff, port_or_off},
    token,
};
use crate::settings::{BadSetting, LogArguments};
use clap::{Args, ValueEnum};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use strait_shell::{
    tls::{TlsConnect, trusting},
    token::Token,
};

/// Nobody drains for longer.
const LONGEST_DRAIN: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Args)]
pub(crate) struct LaunchArguments {
    /// Where a control plane of the zone serves its proxies. Several, with commas between them or said one by one: the nearest that answers is asked.
    #[arg(long, env = "STRAIT_PROXY_CP_ADDRESS", value_name = "https://HOST:PORT", value_delimiter = ',')]
    pub(super) cp_address: Vec<String>,
    /// The certificate authority of the control planes (PEM): `ca.pem` in the data directory of the zone, if it made its own.
    #[arg(long, env = "STRAIT_PROXY_CA_CERT_FILE", value_name = "FILE")]
    pub(super) ca_cert_file: Option<PathBuf>,
    /// Envoy, 1.36 or later.
    #[arg(long, env = "STRAIT_PROXY_ENVOY", default_value = "envoy", value_name = "PROGRAM")]
    pub(super) envoy: PathBuf,
    /// How many threads of Envoy handle connections. [default: one for each processor that it may use]
    #[arg(long, env = "STRAIT_PROXY_CONCURRENCY", value_name = "N")]
    pub(super) concurrency: Option<u32>,
    /// The mark (SO_MARK) of what Envoy itself sends, by which a redirection tells it from what the workload sends; 0: none. Envoy then needs CAP_NET_ADMIN.
    #[arg(long, env = "STRAIT_PROXY_SOCKET_MARK", default_value = "0", value_name = "N")]
    pub(super) socket_mark: u32,
    /// Where everything is kept. [default: strait-data/proxy-MESH-NAME]
    #[arg(long, env = "STRAIT_PROXY_DATA_DIR", value_name = "FOLDER")]
    pub(super) data_dir: Option<PathBuf>,
    /// How long connections may take to end when it is stopped.
    #[arg(long, env = "STRAIT_PROXY_DRAIN_TIME", default_value = "30s", value_name = "TIME", value_parser = drain_time)]
    pub(super) drain_time: Duration,
    /// Where `GET /ready` says whether the proxy may be sent traffic: once Envoy has its configuration, and not while its connections may end. On every
    /// address of the machine; `off`: nowhere. Beside pods 9902, as with Kuma.
    #[arg(long, env = "STRAIT_PROXY_READINESS_PORT", default_value = "off", value_name = "PORT", value_parser = port_or_off)]
    pub(super) readiness_port: PortOrOff,
    /// What Envoy logs.
    #[arg(long, env = "STRAIT_PROXY_ENVOY_LOG_LEVEL", value_enum, default_value = "warning", value_name = "LEVEL")]
    pub(super) envoy_log_level: EnvoyLogLevel,
    #[command(flatten)]
    pub(super) log: LogArguments,
}

/// In Envoy's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EnvoyLogLevel {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
    Off,
}

impl EnvoyLogLevel {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Off => "off",
        }
    }
}

/// The control planes, and whom to trust as one, in PEM.
pub(super) type Reached = (Vec<ControlPlane>, String);

impl LaunchArguments {
    /// Where control planes are.
    pub(super) fn reached(&self) -> Result<Reached, BadSetting> {
        let authority =
            self.ca_cert_file.as_ref().ok_or_else(|| bad("--ca-cert-file", "whom to trust? Name the certificate authority of the zone"))?;
        let pem = read("--ca-cert-file", authority)?;
        let connector = trusting(&pem).map_err(|error| bad("--ca-cert-file", format!("{}: {error}", authority.display())))?;
        let control_planes = self.cp_address.iter().map(|text| {
            let address: Address = text.trim().parse().map_err(|why| bad("--cp-address", why))?;
            let connect = TlsConnect { address: address.authority().to_owned(), name: address.name(), connector: connector.clone() };
            Ok(ControlPlane { address, connect, mark: self.socket_mark })
        });
        let control_planes = control_planes.collect::<Result<Vec<_>, BadSetting>>()?;
        if control_planes.is_empty() {
            return Err(bad("--cp-address", "where is a control plane of the zone? https://HOST:5678, if its port is Kuma's"));
        }
        Ok((control_planes, pem))
    }
}

/// The token in a file, and that file.
pub(super) fn token_in(flag: &str, file: PathBuf) -> Result<(Token, PathBuf), BadSetting> {
    token::read(&file).map(|token| (token, file)).map_err(|why| bad(flag, why))
}

pub(super) fn bad(name: &str, why: impl Into<String>) -> BadSetting {
    BadSetting { name: name.to_owned(), why: why.into() }
}

fn read(flag: &str, path: &Path) -> Result<String, BadSetting> {
    fs::read_to_string(path).map_err(|error| bad(flag, format!("{}: {error}", path.display())))
}

fn drain_time(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    parsed
        .filter(|time| *time <= LONGEST_DRAIN)
        .ok_or_else(|| "it is a time with its unit, such as `30s`, and no longer than `24h`; `0s`: connections are cut".to_owned())
}
