//! The core's messages as `DeltaDiscoveryRequest` and `DeltaDiscoveryResponse`, and back.
//!
//! What the Strait dialect adds stands where Kuma looks at nothing: in a string `strait` of the node metadata, in
//! `system_version_info`, and in type names that begin with `strait.`.
//!
//! A resource that cannot be read is marked as such, for the node to refuse it by name. What cannot even be named is
//! [`Malformed`], and ends the session.
mod length;
mod metadata;
mod request;
mod resource;
mod response;
mod spec;

pub use request::{request_from_wire, request_to_wire};
pub use response::{response_from_wire, response_to_wire};

use prost::Message as _;
use std::sync::Arc;
use strait_core::{
    resource::{Kind, Resource, ZoneName},
    sync::{Dialect, Request, Response},
};

/// The type under which a Strait consumer asks for all kinds.
const EVERYTHING: &str = "strait.Everything";
/// The type of a sign of life.
const BEAT: &str = "strait.Beat";
/// The type under which a Strait provider tells its history.
const HISTORY: &str = "strait.History";

/// A message makes no sense as a whole. Whoever sent it does not speak this protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// What of a message is the same throughout a session.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The zone at one end: what every request is signed with, in both directions.
    pub zone: ZoneName,
    /// What the session speaks.
    pub dialect: Dialect,
    /// What a provider calls itself: `global`, or its zone's name.
    pub provider: String,
    /// This process, for people: `<host>-<random>`.
    pub instance: String,
}

/// The encoded size of a request in bytes, before compression and framing.
pub fn request_size(request: &Request) -> usize {
    request::encoded_len(request, "zone", "")
}

/// The encoded size of a response in bytes, before compression and framing, with resources that have these sizes
/// ([`resource_size`]).
pub fn response_size(response: &Response, size: &mut dyn FnMut(&Arc<Resource>) -> usize) -> usize {
    response::encoded_len(response, "zone", size)
}

/// The encoded size of one resource within a response, in bytes.
pub fn resource_size(resource: &Resource) -> usize {
    resource::to_wire(resource, |_| "0".repeat(64)).encoded_len()
}

/// Whether what a user wrote can be said on the wire: what nodes are configured with.
///
/// # Errors
/// Why not.
pub fn fits(resource: &Resource) -> Result<(), String> {
    spec::fits(resource.kind(), &resource.spec)
}

fn kind(type_url: &str) -> Result<Kind, Malformed> {
    Kind::new(type_url).map_err(|error| Malformed(error.to_string()))
}

fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("messages hold only what JSON can say")
}

fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| Malformed(format!("{what}: {error}")))
}
