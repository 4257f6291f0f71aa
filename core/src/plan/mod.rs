//! The plan of a proxy: what it listens on, where that goes, and which policies hold there; in terms of our own.
//!
//! A pure index: it is told what changed, and says which parts of whose plans may be different. The shell renders parts to Envoy's
//! configuration; a simulated proxy takes them as they are. So who reaches whom is decided by the same data everywhere.
//!
//! A plan is a set of named parts, and what changes is told part by part: when an endpoint of a service changes, each proxy that may use
//! it hears of one part. The endpoints of a service are the same for all proxies of a mesh, and shared by their plans.
//!
//! | file | what |
//! | --- | --- |
//! | `part` | the parts of a plan |
//! | `protocol`, `timeouts`, `retries` | what is spoken, how long is waited, what is tried again |
//! | `health_checks` | how it is found out who serves |
//! | `routes` | which requests go where |
//! | `identity`, `access` | who a proxy is, and who may connect to it |
//! | `proxy`, `service` | a proxy and a service as they are needed here, read once |
//! | `mesh` | all proxies and services of one mesh, and who serves what |
//! | `away` | what is in another zone, and how it is reached |
//! | `ingress` | what other zones reach through the proxies that let them in |
//! | `named` | which names lead to which services of one mesh |
//! | `server_names` | by which server names ports are asked for |
//! | `policies` | what policies say of one proxy |
//! | `touched` | what may be different |
//! | `index` | the whole |
//! | `inspect` | why a plan is as it is |
mod access;
mod away;
mod health_checks;
mod identity;
mod index;
mod ingress;
mod inspect;
mod mesh;
mod named;
mod part;
mod policies;
mod protocol;
mod proxy;
mod retries;
mod routes;
mod server_names;
mod service;
mod timeouts;
mod touched;

pub(crate) use away::SPIFFE_ID;
pub(crate) use inspect::{Candidate, Reaching, Selecting, ServedBy, WhoIs};
pub(crate) use service::Serving;

pub use access::{Access, Caller, SpiffeMatch};
pub use health_checks::{HealthCheck, Panic, Probe};
pub use identity::{Identity, Trust, labels_of_identity};
pub(crate) use index::unreadable;
pub use index::{Affected, Plans};
pub use part::{
    Cluster, ClusterTls, Destination, Endpoint, Endpoints, Entrance, HostNames, Inbound, Outbound, Part, PartName, Passage, Redirect,
};
pub use protocol::Protocol;
pub use retries::{Retries, RetryOn, ToldAs, ToldPauses};
pub use routes::{Filter, Header, HeaderChange, HostRoutes, Matcher, Named, PathMatch, RewritePath, Route, RouteMatch, Weighted};
pub(crate) use server_names::{AskedPort, ambiguous, asked_alike, asked_ports, too_long};
pub use timeouts::{InboundTimeouts, OutboundTimeouts, RouteTimeouts};
pub use touched::Touched;
