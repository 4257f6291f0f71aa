//! `strait kubernetes`: what a cluster becomes in a mesh. It asks no cluster.
mod as_if;
mod convert;
mod crds;
mod manifests;

use crate::command::KubernetesCommand;
use std::process::ExitCode;

/// Carries out a command about clusters.
pub(crate) fn execute(command: &KubernetesCommand) -> Result<ExitCode, String> {
    match command {
        KubernetesCommand::Convert(arguments) => convert::convert(arguments),
        KubernetesCommand::Crds(arguments) => crds::crds(arguments),
    }
}
