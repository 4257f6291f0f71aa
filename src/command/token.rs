//! Which token is wanted.
use super::{ApiArguments, amounts::time};
use clap::{Args, Subcommand, ValueEnum};
use std::time::Duration;
use strait_core::resource::{MeshName, ResourceName, ZoneName};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Print a token by which a proxy proves which `Dataplane` it may be: any of the mesh for which all holds that is said here. Whoever has it
    /// can be such a proxy. Global makes the key that signs it, if the mesh has none; a zone needs that key. Exit code 0: it is printed, 2: it
    /// is refused, or no control plane answers.
    Dataplane(DataplaneTokenArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DataplaneTokenArguments {
    /// In which mesh.
    #[arg(short, long)]
    pub(crate) mesh: MeshName,
    /// Only the `Dataplane` of this name.
    #[arg(long)]
    pub(crate) name: Option<ResourceName>,
    /// Only a `Dataplane` whose label `kuma.io/workload` is this.
    #[arg(long)]
    pub(crate) workload: Option<String>,
    /// Only a `Dataplane` with this tag, and with no other value of it. Several values, with commas between them or said one by one, are all
    /// allowed.
    #[arg(long = "tag", value_name = "TAG=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<Tag>,
    /// For how long, such as `720h`; for ten years at most.
    #[arg(long, default_value = "720h", value_name = "TIME", value_parser = valid_for)]
    pub(crate) valid_for: Duration,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

/// One tag, and values that are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The zone.
    pub(crate) name: ZoneName,
    /// For its control plane, or for an ingress of it.
    #[arg(long, value_enum, default_value = "cp", value_name = "SCOPE")]
    pub(crate) scope: ZoneScope,
    /// For how long, such as `720h`; for a year at most.
    #[arg(long, default_value = "8760h", value_name = "TIME", value_parser = valid_for)]
    pub(crate) valid_for: Duration,
    /// Print the token alone.
    #[arg(long)]
    pub(crate) bare: bool,
    #[command(flatten)]
    pub(crate) api: ApiArguments,
}

/// Whose a zone token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZoneScope {
    /// The zone's control plane. Printed is the command that starts it.
    Cp,
    /// An ingress. Printed is the token alone.
    Ingress,
}

fn valid_for(text: &str) -> Result<Duration, String> {
    time(text).ok_or_else(|| "a token is valid for some time, with its unit, such as `720h`".to_owned())
}

fn tag(text: &str) -> Result<Tag, String> {
    let (name, values) = text.split_once('=').unwrap_or((text, ""));
    let values: Vec<String> = values.split(',').map(str::to_owned).collect();
    if name.is_empty() || values.iter().any(String::is_empty) {
        return Err("a tag and its values are `TAG=VALUE`, or `TAG=VALUE,VALUE`, such as `kuma.io/service=web`".to_owned());
    }
    Ok(Tag { name: name.to_owned(), values })
}
