//! `strait policy`.
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use strait_core::resource::{MeshName, ResourceName};

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show what policies in files come to for a proxy, and whose each value is. No control plane is asked. Exit code 0: it is shown, 2: bad input.
    Resolve(PolicyResolveArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyResolveArguments {
    /// Files of resources in YAML: policies, proxies, services, the mesh; `-`: standard input.
    #[arg(short, long = "resources", required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) resources: Vec<PathBuf>,
    /// The proxy: the name of its `Dataplane`.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) dataplane: ResourceName,
    /// Its mesh.
    #[arg(short, long, default_value = "default")]
    pub(crate) mesh: MeshName,
    /// Only policies of this kind, such as `MeshTimeout` or `meshtimeouts`.
    #[arg(short = 't', long = "type", value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// As if policies with the label `kuma.io/effect: shadow` were in effect.
    #[arg(long)]
    pub(crate) with_shadows: bool,
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: PolicyOutput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyOutput {
    /// For people.
    Table,
    /// For machines.
    Json,
}
