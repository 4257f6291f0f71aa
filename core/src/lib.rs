//! Strait's protocol core: what a global and a zone control plane do, as machines that are stepped.
//!
//! It is not a server. There are no sockets, no clocks, no threads, no randomness of its own and no runtime in this crate;
//! those live in `strait-shell`, and in the simulators.
//!
//! ```text
//! loop {
//!     step = next of { store reports durable, deadline reached, input from outside }
//!     node.handle(now, step, &mut out);
//!     for emit in out.take() { store it, perform it, or tell observers }
//! }
//! ```
//!
//! Invariants: when `handle` returns, every consequence stands in `out`; what reveals a change is emitted only once the
//! change is durable ([`gate`]); equal steps give equal emits.
//!
//! Panics: bad input of users and peers never panics. A panic means a bug in this crate.
pub mod gate;
pub mod ineffective;
pub mod input_log;
pub mod kubernetes;
pub mod machine;
pub mod names;
pub mod node;
pub mod plan;
pub mod policy;
mod records;
pub mod resource;
pub mod seed;
pub mod sync;
pub mod time;
pub mod vip;
pub mod why;

pub use machine::{Batch, Durable, Emit, Lsn, Node, Out, Recover, RecoverError, Step, StoreFailure, StoreKey};
pub use node::{GlobalNode, ZoneNode};
pub use seed::Seed;
