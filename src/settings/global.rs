//! What a global control plane is told.
use super::{
    BadSetting, file,
    log::{LogArguments, LogFile, LogSettings},
    testbed::TestbedArguments,
};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// Where Kuma's zones expect a global.
const KDS_PORT: u16 = 5685;
/// Where Kuma serves its API.
const API_PORT: u16 = 5681;

#[derive(Debug, Args)]
pub(crate) struct GlobalArguments {
    /// A YAML file with the same settings. The environment and flags win over it.
    #[arg(long, env = "STRAIT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where everything is kept. [default: strait-data/global]
    #[arg(long, env = "STRAIT_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Where zones are served. [default: 0.0.0.0:5685]
    #[arg(long, env = "STRAIT_KDS_LISTEN", value_name = "IP:PORT")]
    kds_listen: Option<SocketAddr>,
    /// Where zones reach it from outside: a name or an address, which its certificate then bears. [default: localhost and the port]
    #[arg(long, env = "STRAIT_KDS_ADDRESS", value_name = "HOST:PORT")]
    kds_address: Option<String>,
    /// Serve zones with this certificate (PEM, with its chain) instead of one that this global makes for itself.
    #[arg(long, env = "STRAIT_KDS_TLS_CERT_FILE", value_name = "FILE")]
    kds_tls_cert_file: Option<PathBuf>,
    /// The key of that certificate.
    #[arg(long, env = "STRAIT_KDS_TLS_KEY_FILE", value_name = "FILE")]
    kds_tls_key_file: Option<PathBuf>,
    /// The authority that signed that certificate, which zones are told to trust.
    #[arg(long, env = "STRAIT_KDS_TLS_CA_FILE", value_name = "FILE")]
    kds_tls_ca_file: Option<PathBuf>,
    /// Sign and believe zone tokens with this RSA key (PEM) beside those among its resources. Then none is made among them, and tokens outlive the
    /// store.
    #[arg(long, env = "STRAIT_KDS_ZONE_TOKEN_KEY_FILE", value_name = "FILE")]
    kds_zone_token_key_file: Option<PathBuf>,
    /// Where the API is served; on loopback only, since whoever reaches it is an administrator. [default: 127.0.0.1:5681]
    #[arg(long, env = "STRAIT_API_LISTEN", value_name = "IP:PORT")]
    api_listen: Option<SocketAddr>,
    /// Print the settings as they are then, with secrets masked, and do nothing.
    #[arg(long)]
    pub(crate) print_config: bool,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    testbed: TestbedArguments,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GlobalFile {
    data_dir: Option<PathBuf>,
    #[serde(default)]
    kds: KdsFile,
    #[serde(default)]
    api: ApiFile,
    #[serde(default)]
    log: LogFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KdsFile {
    listen: Option<SocketAddr>,
    address: Option<String>,
    #[serde(default)]
    tls: TlsFile,
    zone_token_key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TlsFile {
    pub(super) cert_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApiFile {
    pub(super) listen: Option<SocketAddr>,
}

/// The settings of a global, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GlobalSettings {
    pub(crate) data_dir: PathBuf,
    pub(crate) kds: KdsSettings,
    pub(crate) api: ApiSettings,
    pub(crate) log: LogSettings,
    /// What a testbed wants of it; `None`: it runs in none.
    #[serde(skip)]
    pub(crate) testbed: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KdsSettings {
    pub(crate) listen: SocketAddr,
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// `None`: it makes its own.
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) zone_token_key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TlsFiles {
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
    pub(crate) ca_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiSettings {
    pub(crate) listen: SocketAddr,
}

impl GlobalSettings {
    /// The settings that these arguments, and the file that they name, amount to.
    pub(crate) fn of(arguments: GlobalArguments) -> Result<Self, BadSetting> {
        let from: GlobalFile = file::read(arguments.config.as_deref())?;
        let listen = arguments.kds_listen.or(from.kds.listen).unwrap_or(([0, 0, 0, 0], KDS_PORT).into());
        let address = arguments.kds_address.or(from.kds.address).unwrap_or_else(|| reached_at(listen));
        host_of(&address)
            .ok_or_else(|| BadSetting::new("kds.address", format!("`{address}` must be a host and a port, such as global.example:5685")))?;
        let tls = TlsFiles::of(
            "kds.tls",
            arguments.kds_tls_cert_file.or(from.kds.tls.cert_file),
            arguments.kds_tls_key_file.or(from.kds.tls.key_file),
            arguments.kds_tls_ca_file.or(from.kds.tls.ca_file),
        )?;
        Ok(Self {
            data_dir: arguments.data_dir.or(from.data_dir).unwrap_or_else(|| PathBuf::from("strait-data/global")),
            kds: KdsSettings {
                listen,
                address,
                tls,
                zone_token_key_file: arguments.kds_zone_token_key_file.or(from.kds.zone_token_key_file),
            },
            api: ApiSettings::of(arguments.api_listen.or(from.api.listen))?,
            log: LogSettings::of(arguments.log, from.log)?,
            testbed: arguments.testbed.wants,
        })
    }
}

impl TlsFiles {
    /// All three, or none: then the certificate is made.
    pub(super) fn of(
        name: &str,
        cert_file: Option<PathBuf>,
        key_file: Option<PathBuf>,
        ca_file: Option<PathBuf>,
    ) -> Result<Option<Self>, BadSetting> {
        match (cert_file, key_file, ca_file) {
            (None, None, None) => Ok(None),
            (Some(cert_file), Some(key_file), Some(ca_file)) => Ok(Some(Self { cert_file, key_file, ca_file })),
            _ => Err(BadSetting::new(name, "certFile, keyFile and caFile belong together: give all three, or none")),
        }
    }
}

impl ApiSettings {
    pub(super) fn of(listen: Option<SocketAddr>) -> Result<Self, BadSetting> {
        let listen = listen.unwrap_or(([127, 0, 0, 1], API_PORT).into());
        if listen.ip().is_loopback() {
            return Ok(Self { listen });
        }
        Err(BadSetting::new(
            "api.listen",
            format!(
                "{listen}: whoever reaches the API is an administrator, so it is served on loopback only, such as 127.0.0.1:{API_PORT}"
            ),
        ))
    }
}

pub(super) fn reached_at(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() { format!("localhost:{}", listen.port()) } else { listen.to_string() }
}

/// Where zones reach a global that listens there: a port of 0 stands for whichever the system gave.
pub(crate) fn reached(address: &str, listening: SocketAddr) -> String {
    match address.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", listening.port()),
        None => address.to_owned(),
    }
}

/// The host of `HOST:PORT`, without the brackets of an IPv6 address.
pub(crate) fn host_of(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (!host.is_empty() && !host.contains(['/', '@', ' '])).then_some(host)
}
