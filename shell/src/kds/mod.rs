//! Sessions over gRPC: global's server, a zone's client, and what both need.
//!
//! A session is both sync streams of one connection under one name. Each end keeps them in one registry; when a lane ends, in
//! whatever way, the session has ended, and the node is told once. Each lane is read in a task of its own, and written where
//! the connection takes its bytes from, so that neither waits for the other.
mod authorize;
mod client;
mod io;
mod outbound;
mod reading;
mod refusal;
mod server;
mod sessions;

pub use authorize::{Authorize, Everyone};
pub use client::{Client, ClientConfig, Connect};
pub(crate) use io::Numbered;
pub use server::{Server, ServerConfig};

use std::collections::BTreeSet;
use strait_core::{
    kubernetes::Ask,
    node::{EditOutcome, Issue, ObservationChange, ProxySession, Ticket, ToProxy},
    resource::Key,
};

/// What one message may take at most, in each direction, as with Kuma.
pub const LARGEST_MESSAGE: usize = 10 << 20;

/// How many bytes of one lane may be under way, in each direction, that the other end has not read.
///
/// Enough for 2.5 MB/s at a round trip of 100 ms. A connection has room for both lanes, so that one on which nobody reads leaves
/// the other its own.
pub const WINDOW_BYTES: u32 = 256 << 10;
/// Beside both lanes, for calls that are short.
const CONNECTION_WINDOW_BYTES: u32 = 2 * WINDOW_BYTES + (64 << 10);

/// The header by which Straits find each other.
const DIALECT_HEADER: &str = "strait-dialect";
/// What stands in it.
const DIALECT_VERSION: &str = "1";
/// The header that names the zone.
const ZONE_HEADER: &str = "client-id";

/// What a node tells its own process.
#[derive(Clone, Debug, PartialEq)]
pub enum Local {
    /// The answer to an edit or an operation.
    Done {
        /// Which.
        ticket: Ticket,
        /// How it went.
        outcome: EditOutcome,
    },
    /// What anyone may know has changed.
    Observed(ObservationChange),
    /// What the resolver reads has moved.
    Published {
        /// Which resources.
        affected: BTreeSet<Key>,
    },
    /// A proxy is told something.
    Proxy(ProxySession, ToProxy),
    /// An authority is to be made, or a certificate to be signed.
    Issue(Issue),
    /// Something is asked of the API of the zone's cluster.
    Kubernetes(Ask),
}

/// Takes what a node tells its own process.
pub type Listener = Box<dyn FnMut(Local) + Send>;
