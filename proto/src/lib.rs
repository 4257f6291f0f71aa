//! Strait's protobuf: what control planes say to each other and to Envoy, and the resource kinds that are protobuf on the wire.
//!
//! What it is: our own `.proto` files with Kuma's and Envoy's packages and field numbers, the messages and gRPC stubs generated from them
//! (checked in, made by `cargo xtask gen`), [`spec_codec`], which turns a resource kind's bytes into JSON and back by name, and
//! [`envoy_json`], which shows what Envoy is told.
//! What it is not: transport, sync logic, or a place where a resource is judged. It does no I/O.
//!
//! Invariants: one message has one encoding (maps are ordered everywhere); what a newer peer put into a resource is not lost by us.
//! Panics: on no input whatever. The two `expect`s are on the descriptors that are compiled in, which the tests of this crate load.

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::use_self,
    clippy::unwrap_used,
    reason = "generated; the comments of the .proto files are all that it has to say"
)]
#[path = "gen/mod.rs"]
mod generated;

pub mod any;
pub mod envoy_json;
pub mod kds;
pub mod spec_codec;

pub use generated::{envoy, google, kuma};

pub use generated::envoy::service::discovery::v3 as discovery;
pub use generated::google::rpc;
pub use generated::kuma::mesh::v1alpha1 as mesh;
pub use generated::kuma::system::v1alpha1 as system;
