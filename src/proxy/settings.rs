//! What a launcher is told: by the environment (`STRAIT_PROXY_…`), then by flags, which win.
use super::{
    control_plane::{Address, ControlPlane},
    dataplane::Proxy,
    dns::{Answering, DnsPort, dns_port, upstream},
    variables::is_name,
};
use crate::settings::{BadSetting, LogArguments, LogSettings};
use clap::{Args, ValueEnum};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use strait_core::resource::{MeshName, ResourceName};
use strait_shell::{
    proxies::socket,
    tls::{TlsConnect, trusting},
    token::Token,
};

/// Nobody drains for longer.
const LONGEST_DRAIN: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Args)]
pub(crate) struct ProxyArguments {
    /// Where a control plane of the zone serves its proxies. Several, with commas between them or said one by one: the nearest that answers is asked.
    #[arg(long, env = "STRAIT_PROXY_CP_ADDRESS", value_name = "https://HOST:PORT", value_delimiter = ',')]
    cp_address: Vec<String>,
    /// The certificate authority of the control planes (PEM): `ca.pem` in the data directory of the zone, if it made its own.
    #[arg(long, env = "STRAIT_PROXY_CA_CERT_FILE", value_name = "FILE")]
    ca_cert_file: Option<PathBuf>,
    /// The `Dataplane` in YAML. It says its mesh and its name.
    #[arg(long, env = "STRAIT_PROXY_DATAPLANE_FILE", value_name = "FILE")]
    dataplane_file: Option<PathBuf>,
    /// What stands for `{{ NAME }}` in the `Dataplane` file. Several, with commas between them or said one by one.
    #[arg(long = "dataplane-var", env = "STRAIT_PROXY_DATAPLANE_VAR", value_name = "NAME=VALUE", value_delimiter = ',', value_parser = variable)]
    dataplane_vars: Vec<(String, String)>,
    /// The name of a `Dataplane` that the control plane holds, instead of a file.
    #[arg(long, env = "STRAIT_PROXY_NAME", conflicts_with = "dataplane_file")]
    name: Option<ResourceName>,
    /// Its mesh. [default: default]
    #[arg(long, env = "STRAIT_PROXY_MESH", conflicts_with = "dataplane_file")]
    mesh: Option<MeshName>,
    /// What proves which proxy it is: `strait token dataplane` prints it.
    #[arg(long, env = "STRAIT_PROXY_DATAPLANE_TOKEN_FILE", value_name = "FILE")]
    dataplane_token_file: Option<PathBuf>,
    /// Envoy, 1.36 or later.
    #[arg(long, env = "STRAIT_PROXY_ENVOY", default_value = "envoy", value_name = "PROGRAM")]
    envoy: PathBuf,
    /// How many threads of Envoy handle connections. [default: one for each processor that it may use]
    #[arg(long, env = "STRAIT_PROXY_CONCURRENCY", value_name = "N")]
    concurrency: Option<u32>,
    /// The mark (SO_MARK) of what Envoy itself sends, by which a redirection tells it from what the workload sends; 0: none. Envoy then needs CAP_NET_ADMIN.
    #[arg(long, env = "STRAIT_PROXY_SOCKET_MARK", default_value = "0", value_name = "N")]
    socket_mark: u32,
    /// Where a workload's questions of DNS are answered, on loopback; `off`: nowhere. Names of services are answered here, all others are passed on.
    /// [default: 15053 if the `Dataplane` has `transparentProxying`, else `off`]
    #[arg(long, env = "STRAIT_PROXY_DNS_PORT", value_name = "PORT", value_parser = dns_port)]
    dns_port: Option<DnsPort>,
    /// Who is asked for names that are not those of services. Several, with commas between them or said one by one: the next if one does not answer.
    /// [default: the nameservers in /etc/resolv.conf]
    #[arg(long, env = "STRAIT_PROXY_DNS_UPSTREAM", value_name = "ADDRESS[:PORT]", value_delimiter = ',', value_parser = upstream)]
    dns_upstream: Vec<SocketAddr>,
    /// Where everything is kept. [default: strait-data/proxy-MESH-NAME]
    #[arg(long, env = "STRAIT_PROXY_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// How long connections may take to end when it is stopped.
    #[arg(long, env = "STRAIT_PROXY_DRAIN_TIME", default_value = "30s", value_name = "TIME", value_parser = drain_time)]
    drain_time: Duration,
    /// What Envoy logs.
    #[arg(long, env = "STRAIT_PROXY_ENVOY_LOG_LEVEL", value_enum, default_value = "warning", value_name = "LEVEL")]
    envoy_log_level: EnvoyLogLevel,
    #[command(flatten)]
    log: LogArguments,
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

/// The settings of a launcher, complete.
pub(super) struct ProxySettings {
    pub(super) control_planes: Vec<ControlPlane>,
    /// PEM.
    pub(super) authority: String,
    pub(super) proxy: Proxy,
    pub(super) token: Option<Token>,
    pub(super) envoy: PathBuf,
    /// 0: Envoy counts processors.
    pub(super) concurrency: u32,
    /// 0: none.
    pub(super) socket_mark: u32,
    /// Where a workload's questions of DNS are answered.
    pub(super) dns: Answering,
    /// Empty: the nameservers of the machine.
    pub(super) dns_upstreams: Vec<SocketAddr>,
    pub(super) data_dir: PathBuf,
    pub(super) drain_time: Duration,
    pub(super) envoy_log_level: EnvoyLogLevel,
    pub(super) log: LogSettings,
}

impl ProxySettings {
    /// The settings that these arguments, and the files that they name, amount to.
    pub(super) fn of(arguments: ProxyArguments) -> Result<Self, BadSetting> {
        let authority =
            arguments.ca_cert_file.ok_or_else(|| bad("--ca-cert-file", "whom to trust? Name the certificate authority of the zone"))?;
        let pem = read("--ca-cert-file", &authority)?;
        let connector = trusting(&pem).map_err(|error| bad("--ca-cert-file", format!("{}: {error}", authority.display())))?;
        let control_planes = arguments.cp_address.iter().map(|text| {
            let address: Address = text.trim().parse().map_err(|why| bad("--cp-address", why))?;
            let connect = TlsConnect { address: address.authority().to_owned(), name: address.name(), connector: connector.clone() };
            Ok(ControlPlane { address, connect, mark: arguments.socket_mark })
        });
        let control_planes = control_planes.collect::<Result<Vec<_>, BadSetting>>()?;
        if control_planes.is_empty() {
            return Err(bad("--cp-address", "where is a control plane of the zone? https://HOST:5678, if its port is Kuma's"));
        }
        let proxy = match (arguments.dataplane_file, arguments.name) {
            (Some(file), _) => Proxy::of_file(&file, &arguments.dataplane_vars.into_iter().collect())?,
            (None, Some(name)) => {
                let mesh = match arguments.mesh {
                    Some(mesh) => mesh,
                    None => MeshName::new("default").map_err(|error| bad("--mesh", error.to_string()))?,
                };
                Proxy { mesh, name, dataplane: None, is_redirected: None }
            }
            (None, None) => {
                return Err(bad("--dataplane-file", "which proxy is it? Name its file, or by `--name` one that the control plane holds"));
            }
        };
        let token = arguments.dataplane_token_file.map(|file| {
            let token = read("--dataplane-token-file", &file)?;
            let token = token.trim();
            if token.is_empty() || token.contains(char::is_whitespace) {
                return Err(bad("--dataplane-token-file", format!("{}: there must be one token in it, and nothing else", file.display())));
            }
            Ok(Token::new(token))
        });
        let dns = Answering::of(arguments.dns_port, &proxy);
        let data_dir = arguments.data_dir.unwrap_or_else(|| PathBuf::from(format!("strait-data/proxy-{}-{}", proxy.mesh, proxy.name)));
        if dns.is_possible() {
            judge_workdir(&data_dir)?;
        }
        Ok(Self {
            control_planes,
            authority: pem,
            token: token.transpose()?,
            envoy: arguments.envoy,
            concurrency: arguments.concurrency.unwrap_or(0),
            socket_mark: arguments.socket_mark,
            dns,
            dns_upstreams: arguments.dns_upstream,
            data_dir,
            proxy,
            drain_time: arguments.drain_time,
            envoy_log_level: arguments.envoy_log_level,
            log: LogSettings::of_flags(arguments.log)?,
        })
    }
}

impl ProxySettings {
    /// The folder in which the launcher and Envoy meet.
    pub(super) fn workdir(&self) -> String {
        self.data_dir.to_string_lossy().into_owned()
    }

    /// The socket on which Envoy tells names.
    pub(super) fn names_at(&self) -> String {
        socket(&self.workdir())
    }
}

/// There must be room in its path for the name of a socket, which Envoy cuts off otherwise.
fn judge_workdir(data_dir: &Path) -> Result<(), BadSetting> {
    let text = data_dir.to_str().ok_or_else(|| bad("--data-dir", "must be UTF-8: it goes to Envoy by way of the control plane"))?;
    let at = socket(text);
    if Path::new(&at).parent() == Some(data_dir) && at.ends_with("-config.sock") {
        return Ok(());
    }
    Err(bad("--data-dir", format!("{text}: is too long for a socket to lie in it; name a shorter one, or `--dns-port off`")))
}

fn bad(name: &str, why: impl Into<String>) -> BadSetting {
    BadSetting { name: name.to_owned(), why: why.into() }
}

fn read(flag: &str, path: &Path) -> Result<String, BadSetting> {
    fs::read_to_string(path).map_err(|error| bad(flag, format!("{}: {error}", path.display())))
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a variable is NAME=VALUE, such as `address=10.0.0.7`; its name has letters, digits, `_`, `-` and `.`".to_owned()),
    }
}

fn drain_time(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    parsed
        .filter(|time| *time <= LONGEST_DRAIN)
        .ok_or_else(|| "it is a time with its unit, such as `30s`, and no longer than `24h`; `0s`: connections are cut".to_owned())
}
