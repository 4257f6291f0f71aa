//! Which programs run on the hosts.
use std::path::PathBuf;

/// Which programs run on the hosts.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The control planes: what users deploy.
    pub nodes: PathBuf,
    /// A build that can also be the model of a Kuma, or be wrong in a given way.
    pub testbed: PathBuf,
    /// Envoy, for workloads.
    pub envoy: PathBuf,
    /// What operators of clusters do is done by this `kubectl`; `None`: by the model of the API itself.
    pub kubectl: Option<PathBuf>,
}
