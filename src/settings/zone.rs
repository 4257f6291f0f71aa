//! What a zone control plane is told.
use super::{
    BadSetting, Join, MASKED,
    dns::{DnsArguments, DnsFile, DnsSettings},
    file,
    global::{ApiFile, ApiSettings, host_of},
    ipam::{IpamArguments, IpamFile, IpamSettings},
    kubernetes::{Environment, KubernetesArguments, KubernetesFile, KubernetesSettings},
    log::{LogArguments, LogFile, LogSettings},
    mesh_service::{MeshServiceArguments, MeshServiceFile, MeshServiceSettings},
    proxies::{ProxiesArguments, ProxiesFile, ProxiesSettings},
    testbed::TestbedArguments,
};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::{fs, net::SocketAddr, path::PathBuf};
use strait_core::resource::ZoneName;
use strait_shell::token::Token;

#[derive(Debug, Args)]
pub(crate) struct ZoneArguments {
    /// A YAML file with the same settings. The environment and flags win over it.
    #[arg(long, env = "STRAIT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name of the zone.
    #[arg(long, env = "STRAIT_ZONE_NAME", value_name = "ZONE")]
    name: Option<String>,
    /// What `strait zone token ZONE` printed on global: its address, its certificate authority, and the zone's token.
    #[arg(long, env = "STRAIT_JOIN", value_name = "WORD", hide_env_values = true)]
    join: Option<String>,
    /// Where global is, instead of `--join`: `grpcs://HOST:PORT`.
    #[arg(long, env = "STRAIT_GLOBAL_ADDRESS", value_name = "ADDRESS")]
    global_address: Option<String>,
    /// The certificate authority of global (PEM).
    #[arg(long, env = "STRAIT_GLOBAL_CA_FILE", value_name = "FILE")]
    global_ca_file: Option<PathBuf>,
    /// The zone's token. A plain Kuma global needs none.
    #[arg(long, env = "STRAIT_GLOBAL_TOKEN_FILE", value_name = "FILE")]
    global_token_file: Option<PathBuf>,
    /// Where everything is kept. [default: strait-data/zone-ZONE]
    #[arg(long, env = "STRAIT_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Where the API is served; on loopback only, since whoever reaches it is an administrator. [default: 127.0.0.1:5681]
    #[arg(long, env = "STRAIT_API_LISTEN", value_name = "IP:PORT")]
    api_listen: Option<SocketAddr>,
    /// Print the settings as they are then, with secrets masked, and do nothing.
    #[arg(long)]
    pub(crate) print_config: bool,
    #[command(flatten)]
    dns: DnsArguments,
    #[command(flatten)]
    ipam: IpamArguments,
    #[command(flatten)]
    kubernetes: KubernetesArguments,
    #[command(flatten)]
    mesh_service: MeshServiceArguments,
    #[command(flatten)]
    proxies: ProxiesArguments,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    testbed: TestbedArguments,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ZoneFile {
    name: Option<String>,
    join: Option<String>,
    data_dir: Option<PathBuf>,
    #[serde(default)]
    global: UpstreamFile,
    #[serde(default)]
    api: ApiFile,
    #[serde(default)]
    dns: DnsFile,
    #[serde(default)]
    ipam: IpamFile,
    environment: Option<Environment>,
    #[serde(default)]
    kubernetes: KubernetesFile,
    #[serde(default)]
    mesh_service: MeshServiceFile,
    #[serde(default)]
    proxies: ProxiesFile,
    #[serde(default)]
    log: LogFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpstreamFile {
    address: Option<String>,
    ca_file: Option<PathBuf>,
    token_file: Option<PathBuf>,
}

/// The settings of a zone, complete.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ZoneSettings {
    pub(crate) name: ZoneName,
    pub(crate) environment: Environment,
    pub(crate) global: Upstream,
    pub(crate) data_dir: PathBuf,
    pub(crate) api: ApiSettings,
    pub(crate) dns: DnsSettings,
    pub(crate) ipam: IpamSettings,
    /// `None`: its proxies are on machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kubernetes: Option<KubernetesSettings>,
    pub(crate) mesh_service: MeshServiceSettings,
    pub(crate) proxies: ProxiesSettings,
    pub(crate) log: LogSettings,
    /// What a testbed wants of it; `None`: it runs in none.
    #[serde(skip)]
    pub(crate) testbed: Option<String>,
}

/// The global that a zone joins.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upstream {
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// PEM.
    #[serde(rename = "ca")]
    pub(crate) authority: String,
    #[serde(serialize_with = "masked")]
    pub(crate) token: Option<Token>,
}

fn masked<S: serde::Serializer>(token: &Option<Token>, serializer: S) -> Result<S::Ok, S::Error> {
    token.as_ref().map(|_| MASKED).serialize(serializer)
}

impl ZoneSettings {
    /// The settings that these arguments, and the file that they name, amount to.
    pub(crate) fn of(arguments: ZoneArguments) -> Result<Self, BadSetting> {
        let from: ZoneFile = file::read(arguments.config.as_deref())?;
        let name = arguments.name.or(from.name).ok_or_else(|| BadSetting::new("name", "a zone has a name: `--name ZONE`"))?;
        let name = ZoneName::new(&name).map_err(|error| BadSetting::new("name", format!("`{name}`: {error}")))?;
        let join = arguments.join.or(from.join);
        let address = arguments.global_address.or(from.global.address);
        let authority = arguments.global_ca_file.or(from.global.ca_file);
        let token = arguments.global_token_file.or(from.global.token_file);
        let global = match (join, address) {
            (Some(join), None) => Upstream::joined(&join)?,
            (None, Some(address)) => Upstream::read(&address, authority, token)?,
            (Some(_), Some(_)) => return Err(BadSetting::new("join, global.address", "both say where global is: give one of them")),
            (None, None) => {
                return Err(BadSetting::new("join", "where is global? `strait zone token ZONE` on global prints the line to run here"));
            }
        };
        let kubernetes = KubernetesSettings::of(arguments.kubernetes, from.environment, from.kubernetes)?;
        Ok(Self {
            data_dir: arguments.data_dir.or(from.data_dir).unwrap_or_else(|| PathBuf::from(format!("strait-data/zone-{name}"))),
            name,
            environment: if kubernetes.is_some() { Environment::Kubernetes } else { Environment::Universal },
            global,
            api: ApiSettings::of(arguments.api_listen.or(from.api.listen))?,
            dns: DnsSettings::of(arguments.dns, from.dns)?,
            ipam: IpamSettings::of(arguments.ipam, from.ipam)?,
            kubernetes,
            mesh_service: MeshServiceSettings::of(arguments.mesh_service, from.mesh_service)?,
            proxies: ProxiesSettings::of(arguments.proxies, from.proxies)?,
            log: LogSettings::of(arguments.log, from.log)?,
            testbed: arguments.testbed.wants,
        })
    }
}

impl Upstream {
    fn joined(text: &str) -> Result<Self, BadSetting> {
        let join = Join::read(text).map_err(|bad| BadSetting::new("join", bad.0))?;
        host_of(&join.global).ok_or_else(|| BadSetting::new("join", "it names no host and port"))?;
        Ok(Self { address: join.global, authority: join.authority, token: Some(join.token) })
    }

    fn read(address: &str, authority: Option<PathBuf>, token: Option<PathBuf>) -> Result<Self, BadSetting> {
        let bare = address.strip_prefix("grpcs://").ok_or_else(|| {
            BadSetting::new("global.address", format!("`{address}` must be grpcs://HOST:PORT: control planes speak over TLS only"))
        })?;
        host_of(bare).ok_or_else(|| BadSetting::new("global.address", format!("`{address}` must be grpcs://HOST:PORT")))?;
        let authority =
            authority.ok_or_else(|| BadSetting::new("global.caFile", "whom to trust? Name the certificate authority of global"))?;
        let read = |name: &str, path: PathBuf| {
            fs::read_to_string(&path).map_err(|error| BadSetting::new(name, format!("{}: {error}", path.display())))
        };
        let authority = read("global.caFile", authority)?;
        let token = token.map(|token| read("global.tokenFile", token)).transpose()?;
        Ok(Self { address: bare.to_owned(), authority, token: token.map(|token| Token::new(token.trim())) })
    }

    /// The name that global's certificate must bear.
    pub(crate) fn host(&self) -> &str {
        host_of(&self.address).unwrap_or(&self.address)
    }
}
