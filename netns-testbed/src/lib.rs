//! Network namespaces with an emulated WAN between them: what scenarios run in when they run on real processes and the real kernel.
//!
//! It needs no root, no tools and no kernel modules beyond namespaces, veth and packet sockets, and it holds no verbs and judges nothing:
//! those are in `strait-scenarios`.
//!
//! From the bottom to the top:
//! 1. [`enter`]: the process runs itself again in namespaces of its own, which end with it, whatever becomes of it.
//! 2. [`Namespace`]: a network of its own, owned by a thread; sockets made there and processes spawned there belong to it.
//! 3. [`Network`]: sites with a router and hosts each, addressed and routed.
//! 4. [`Wan`]: what connects the sites: delay, jitter, loss, bursts, duplicates, reordering, rates, and cuts, changed while packets flow.
//! 5. [`NetnsWorld`]: control planes on the hosts, as a world that scenarios run in.
//!
//! Beside them: [`kubernetes`], which serves the model of the Kubernetes API over HTTPS, and [`cluster`]: whole clusters, whose pods are on hosts.
//!
//! Nothing here is cleaned up, because nothing has a name that outlives its owner. What it needs of a machine, and where it differs
//! from networks elsewhere: `docs/netns.md`. Panics: only on a bug here.
#![cfg(target_os = "linux")]
pub mod checkup;
pub mod cluster;
pub mod enter;
mod forward;
mod gateway;
pub mod kubernetes;
mod lookup;
mod namespace;
mod netlink;
pub mod network;
mod sys;
pub mod wan;
mod workload;
mod world;

pub use enter::{CannotEnter, is_inside, reenter};
pub use forward::forward;
pub use gateway::serve_gateway;
pub use namespace::Namespace;
pub use network::{CannotBuild, HostId, Network, Plan, SiteId};
pub use wan::{Carried, Wan};
pub use workload::serve_workload;
pub use world::{NetnsWorld, Programs};
