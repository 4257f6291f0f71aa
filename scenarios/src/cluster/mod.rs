//! A zone that is a cluster of Kubernetes: what is in it, and what of that is a workload. How its API and its nodes behave is in [`crate::kubernetes`].
//!
//! | file | what |
//! | --- | --- |
//! | `pods` | a pod as a workload with its proxy |
//! | `ground` | what is in every cluster of a world: the way to the zone control plane |
//! | `names` | by what steps name the workloads of a cluster |
//! | `cloud` | addresses by which others reach its services |
//! | `order` | what steps do to a cluster |
//! | `crew` | which pods of a cluster are there, as worlds tell it |
mod cloud;
mod crew;
mod ground;
mod names;
mod order;
mod pods;

pub use cloud::Cloud;
pub use crew::{Crew, Noted};
pub use ground::{ACCOUNT, AUTHORITY, AUTHORITY_FILE, CONTROL_PLANE, Ground, SYSTEM};
pub use names::is_meant_by;
pub(crate) use names::{groups, mesh_named};
pub use order::{Behaviour, ClusterOrder};
pub use pods::{OfPod, in_mesh};

use serde_json::Value;

/// How many pods there may be at a time, if nothing else is said.
pub const PODS: u32 = 16;

/// The cluster of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterPlan {
    /// What is applied before the first step, in this order.
    pub manifests: Vec<Value>,
    /// What steps apply, which can be named, too.
    pub later: Vec<Value>,
    /// How many pods there may be at a time; others wait.
    pub pods: u32,
}
