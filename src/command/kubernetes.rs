//! `strait kubernetes`.
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use strait_core::resource::ZoneName;

#[derive(Debug, Subcommand)]
pub(crate) enum KubernetesCommand {
    /// Show what manifests become in a mesh: proxies and services, and what is wrong with which object. No cluster and no control plane is asked. What
    /// only a cluster would know is made up, and said. Exit code 0: nothing is wrong, 1: something is, 2: bad input.
    Convert(ConvertArguments),
    /// Print what a cluster has to be told before it takes resources of the mesh (`kubectl apply` of policies, `kubectl get` of what the zone has):
    /// CustomResourceDefinitions of the group kuma.io, as Kuma 2.14 names them. For `kubectl apply -f -`.
    Crds(CrdsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CrdsArguments {
    /// Only of these kinds, such as MeshTimeout; without any, of all.
    #[arg(value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// Files of manifests in YAML or JSON, also lists as `kubectl get -o yaml` writes them; `-`: standard input.
    #[arg(short = 'f', long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) manifests: Vec<PathBuf>,
    /// The zone.
    #[arg(long, default_value = "zone", value_name = "NAME")]
    pub(crate) zone: ZoneName,
    /// The namespace of the control plane, in which alone there are ingresses.
    #[arg(long, default_value = "kuma-system", value_name = "NAME")]
    pub(crate) system_namespace: String,
    /// How to show it.
    #[arg(short, long, value_enum, default_value = "yaml")]
    pub(crate) output: ConvertOutput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertOutput {
    /// Resources, as `strait policy resolve` and `strait why` read them; all else goes to standard error.
    Yaml,
    /// Everything, for machines.
    Json,
}
