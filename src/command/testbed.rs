//! What a testbed runs on its hosts.
use crate::settings::{GlobalArguments, ZoneArguments};
use clap::{Args, Subcommand};
use strait_core::{sync::Dialect, vip::VipRange};
use strait_scenarios::features::Feature;
#[cfg(target_os = "linux")]
use strait_scenarios::workload::Spoken;

#[derive(Debug, Subcommand)]
pub(crate) enum TestbedCommand {
    /// As `strait global run`.
    Global {
        #[command(flatten)]
        build: TestbedBuild,
        #[command(flatten)]
        arguments: Box<GlobalArguments>,
    },
    /// A workload, which says who it is and who asks, as far as it knows.
    #[cfg(target_os = "linux")]
    Workload {
        /// What it is called: `ZONE/NAME`.
        #[arg(long)]
        called: String,
        /// Where it is reached.
        #[arg(long)]
        port: u16,
        /// `http` or `tcp`.
        #[arg(long, value_parser = spoken)]
        protocol: Spoken,
    },
    /// A reverse proxy, which takes plain requests and asks a host name in their place.
    #[cfg(target_os = "linux")]
    Gateway {
        /// Where it is reached.
        #[arg(long)]
        port: u16,
        /// Whom it asks: `NAME:PORT`.
        #[arg(long, value_parser = name_and_port)]
        to: (String, u16),
    },
    /// Becomes the process of a container.
    #[cfg(target_os = "linux")]
    Container {
        /// The file in which it is described.
        described: std::path::PathBuf,
    },
    /// Passes on what comes to a port.
    #[cfg(target_os = "linux")]
    Forward {
        /// On every address.
        #[arg(long)]
        port: u16,
        /// To where.
        #[arg(long)]
        to: std::net::SocketAddr,
    },
    /// As `strait zone run`.
    Zone {
        #[command(flatten)]
        build: TestbedBuild,
        #[command(flatten)]
        arguments: Box<ZoneArguments>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TestbedBuild {
    /// `strait`, or `kuma` for the model of a Kuma.
    #[arg(long, default_value = "strait", value_parser = dialect)]
    pub(crate) speaks: Dialect,
    /// How many removals it remembers at least.
    #[arg(long)]
    pub(crate) remembered_removals: Option<usize>,
    /// To how many zones everything is sent at a time.
    #[arg(long)]
    pub(crate) snapshots: Option<usize>,
    /// From where services get their addresses.
    #[arg(long)]
    pub(crate) vips: Option<VipRange>,
    /// What it does not understand.
    #[arg(long)]
    pub(crate) lacks: Vec<Feature>,
    /// What is wrong with it.
    #[arg(long)]
    pub(crate) sabotage: Option<String>,
}

#[cfg(target_os = "linux")]
fn name_and_port(text: &str) -> Result<(String, u16), String> {
    let parts = text.rsplit_once(':').and_then(|(name, port)| Some((name.to_owned(), port.parse().ok()?)));
    parts.ok_or_else(|| format!("`{text}`: a host name and a port, such as `api.svc.mesh.local:80`"))
}

#[cfg(target_os = "linux")]
fn spoken(text: &str) -> Result<Spoken, String> {
    let all = [Spoken::Http, Spoken::Tcp];
    all.into_iter().find(|spoken| spoken.to_string() == text).ok_or_else(|| format!("`{text}`: allowed are `http` and `tcp`"))
}

fn dialect(text: &str) -> Result<Dialect, String> {
    let all = [Dialect::Strait, Dialect::Kuma];
    all.into_iter().find(|dialect| dialect.to_string() == text).ok_or_else(|| format!("`{text}`: allowed are `strait` and `kuma`"))
}
