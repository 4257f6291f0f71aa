//! The cluster of a zone whose proxies are pods: its objects become the node's input, and what is wrong with them is said there.
//!
//! [`Reach`] is how the API answers, for people. All else needs the feature `kubernetes`.
//!
//! Objects are asked for by the `kube` client, listed and watched by `informer` rather than by `kube::runtime::watcher`: that one keeps the version
//! of a list to itself, without which a node cannot tell a list that is stale from one after which objects are gone.
mod reach;
mod remembered;
mod review;

#[cfg(feature = "kubernetes")]
mod access;
#[cfg(feature = "kubernetes")]
mod backoff;
#[cfg(feature = "kubernetes")]
mod definitions;
#[cfg(feature = "kubernetes")]
mod events;
#[cfg(feature = "kubernetes")]
mod failed;
#[cfg(feature = "kubernetes")]
mod follower;
#[cfg(feature = "kubernetes")]
mod informer;
#[cfg(feature = "kubernetes")]
mod informers;
#[cfg(feature = "kubernetes")]
pub mod path;
#[cfg(feature = "kubernetes")]
mod recorder;
#[cfg(feature = "kubernetes")]
mod reviewer;
#[cfg(feature = "kubernetes")]
mod writer;

pub use reach::{Definitions, Reach, Reached, Writes};
pub use remembered::Remembered;
pub use review::{Account, NotReviewed, Review};

#[cfg(feature = "kubernetes")]
pub use access::{Access, AccessError};
#[cfg(feature = "kubernetes")]
pub use follower::Follower;
#[cfg(feature = "kubernetes")]
pub use informers::{Informers, SILENCE};
#[cfg(feature = "kubernetes")]
pub use kube::Client;
#[cfg(feature = "kubernetes")]
pub use reviewer::Reviewer;
