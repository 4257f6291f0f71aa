//! `strait why`.
use super::ApiArguments;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use strait_core::resource::{MeshName, ZoneName};

#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// Whose proxy asks: the name of its `Dataplane`, or `ZONE/NAME`.
    pub(crate) from: String,
    /// What for: a name as an application uses it, a virtual IP, or what a service is called; with `:PORT` or without.
    pub(crate) to: String,
    /// The mesh.
    #[arg(short, long, default_value = "default")]
    pub(crate) mesh: MeshName,
    /// Files of resources in YAML, of one zone or of several (label `kuma.io/zone`); `-`: standard input. Then no control plane is asked.
    #[arg(short, long = "resources", num_args = 1.., value_name = "FILE")]
    pub(crate) resources: Vec<PathBuf>,
    /// With `--resources`: the zone of whoever asks, and of what zones write and does not say whose it is.
    #[arg(long, requires = "resources", value_name = "NAME")]
    pub(crate) zone: Option<ZoneName>,
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: WhyOutput,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhyOutput {
    /// For people.
    Text,
    /// For machines.
    Json,
}
