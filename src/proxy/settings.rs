//! What a launcher is told: by the environment (`STRAIT_PROXY_…`), then by flags, which win.
use super::{
    control_plane::ControlPlane,
    dataplane::Proxy,
    dns::{Answering, upstream},
    launch::{EnvoyLogLevel, LaunchArguments, Reached, bad, token_in},
    port_or_off::{PortOrOff, port_or_off},
    renew::Moves,
    token,
    variables::is_name,
};
use crate::settings::{BadSetting, LogSettings};
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use strait_core::resource::{MeshName, ResourceName};
use strait_shell::{proxies::socket, token::Token};

#[derive(Debug, Args)]
pub(crate) struct ProxyArguments {
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
    /// Where a workload's questions of DNS are answered, on loopback; `off`: nowhere. Names of services are answered here, all others are passed on.
    /// [default: 15053 if the `Dataplane` has `transparentProxying`, else `off`]
    #[arg(long, env = "STRAIT_PROXY_DNS_PORT", value_name = "PORT", value_parser = port_or_off)]
    dns_port: Option<PortOrOff>,
    /// Who is asked for names that are not those of services. Several, with commas between them or said one by one: the next if one does not answer.
    /// [default: the nameservers in /etc/resolv.conf]
    #[arg(long, env = "STRAIT_PROXY_DNS_UPSTREAM", value_name = "ADDRESS[:PORT]", value_delimiter = ',', value_parser = upstream)]
    dns_upstream: Vec<SocketAddr>,
    #[command(flatten)]
    launch: LaunchArguments,
}

/// The settings of a launcher, complete.
#[derive(Clone)]
pub(super) struct ProxySettings {
    pub(super) control_planes: Vec<ControlPlane>,
    /// PEM.
    pub(super) authority: String,
    pub(super) proxy: Proxy,
    /// As it was when the launcher started.
    pub(super) token: Option<Token>,
    /// Where it stands, and where another may stand later.
    pub(super) token_file: Option<PathBuf>,
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
    /// Where somebody is told whether it is ready; `None`: nowhere.
    pub(super) readiness_port: Option<u16>,
    /// It is an ingress that is advertised by a host name.
    pub(super) moves: Option<Moves>,
}

impl ProxySettings {
    /// The settings that these arguments, and the files that they name, amount to.
    pub(super) fn of(arguments: ProxyArguments) -> Result<Self, BadSetting> {
        let reached = arguments.launch.reached()?;
        let proxy = match (arguments.dataplane_file, arguments.name) {
            (Some(file), _) => Proxy::of_file(&file, &arguments.dataplane_vars.into_iter().collect())?,
            (None, Some(name)) => {
                let mesh = match arguments.mesh {
                    Some(mesh) => mesh,
                    None => MeshName::new("default").map_err(|error| bad("--mesh", error.to_string()))?,
                };
                Proxy { mesh: Some(mesh), name, resource: None, is_redirected: None }
            }
            (None, None) => {
                return Err(bad("--dataplane-file", "which proxy is it? Name its file, or by `--name` one that the control plane holds"));
            }
        };
        let token = arguments.dataplane_token_file.map(|file| token_in("--dataplane-token-file", file)).transpose()?;
        let dns = Answering::of(arguments.dns_port, &proxy);
        let dns = (dns, arguments.dns_upstream);
        Self::with((arguments.launch, reached), proxy, token, dns)
    }

    /// Those of any proxy. `dns`: where a workload's questions are answered, and who else is asked.
    pub(super) fn with(
        (launch, (control_planes, authority)): (LaunchArguments, Reached),
        proxy: Proxy,
        token: Option<(Token, PathBuf)>,
        (dns, dns_upstreams): (Answering, Vec<SocketAddr>),
    ) -> Result<Self, BadSetting> {
        let data_dir = launch.data_dir.unwrap_or_else(|| PathBuf::from(format!("strait-data/{}", proxy.folder())));
        if dns.is_possible() {
            judge_workdir(&data_dir)?;
        }
        let readiness_port = launch.readiness_port.port();
        if readiness_port.is_some() && interface_in(&data_dir).as_os_str().len() > LONGEST_SOCKET {
            return Err(bad("--data-dir", "is too long for a socket to lie in it; name a shorter one, or `--readiness-port off`"));
        }
        let (token, token_file) = token.unzip();
        Ok(Self {
            control_planes,
            authority,
            token,
            token_file,
            envoy: launch.envoy,
            concurrency: launch.concurrency.unwrap_or(0),
            socket_mark: launch.socket_mark,
            dns,
            dns_upstreams,
            data_dir,
            proxy,
            drain_time: launch.drain_time,
            envoy_log_level: launch.envoy_log_level,
            log: LogSettings::of_flags(launch.log)?,
            readiness_port,
            moves: None,
        })
    }
}

impl ProxySettings {
    /// The token as it is now.
    pub(super) fn current_token(&self) -> Option<Token> {
        let now = self.token_file.as_ref().and_then(|file| token::read(file).ok());
        now.or_else(|| self.token.clone())
    }

    /// The folder in which the launcher and Envoy meet.
    pub(super) fn workdir(&self) -> String {
        self.data_dir.to_string_lossy().into_owned()
    }

    /// The socket of Envoy's own interface, where that has no port.
    pub(super) fn interface_at(&self) -> PathBuf {
        interface_in(&self.data_dir)
    }

    /// The socket on which Envoy tells names.
    pub(super) fn names_at(&self) -> String {
        socket(&self.workdir())
    }
}

/// The longest path that a socket may have (Linux), in bytes.
const LONGEST_SOCKET: usize = 107;

fn interface_in(data_dir: &Path) -> PathBuf {
    data_dir.join("envoy.sock")
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

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a variable is NAME=VALUE, such as `address=10.0.0.7`; its name has letters, digits, `_`, `-` and `.`".to_owned()),
    }
}
