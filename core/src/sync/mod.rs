//! KDS as the core speaks it: two lanes, two dialects, and who may delete what.
mod attribution;
pub(crate) mod backoff;
pub(crate) mod catalog;
pub mod clocks;
pub(crate) mod consumer;
mod entitlement;
pub(crate) mod filter;
mod lineage;
mod message;
mod naming;
pub(crate) mod peer;
mod position;
pub(crate) mod provider;
mod size;
pub(crate) mod tombstones;

pub use lineage::{Lineage, Standing};
pub use message::{
    Checksum, Dialect, Hello, Lane, Message, Nonce, Request, RequestBody, Response, ResponseBody, Session, Staged, Transfer,
};
pub use position::{Epoch, Position};

pub(crate) use attribution::attribute;
pub(crate) use naming::{on_the_way_down, on_the_way_up, wire_key};
pub(crate) use size::approximate_size;
