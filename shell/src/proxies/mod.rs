//! The proxies of a zone: their bootstrap, and their configuration over xDS, on one port (5678, as with Kuma).
//!
//! Who may speak for a proxy is judged here, by dataplane tokens; what it is told is decided by the node and rendered by [`crate::envoy`].
//!
//! | module | what |
//! | --- | --- |
//! | `server` | the port: `POST /bootstrap`, `POST /turned-away` and ADS, told apart by their paths |
//! | `bootstrap` | what Envoy starts with |
//! | `identity` | who a stream says it is, and whether that is believed |
//! | `launcher` | what the launcher beside an Envoy can do |
//! | `stream` | one proxy's stream, between its bytes and the node |
//! | `delta` | what is said on it |
//! | `refusal` | what was refused of it |
//! | `streams` | which streams there are |
//! | `turned_away` | what launchers of ingresses count |
mod bootstrap;
mod delta;
mod identity;
mod launcher;
mod refusal;
mod server;
mod stream;
mod streams;
mod turned_away;

pub use bootstrap::{Bootstrap, BootstrapError, BootstrapRequest, Reached, is_redirected, layered_runtime};
pub use delta::{Delta, Nonsense};
pub use identity::{Admit, Claim, NotAdmitted};
pub use launcher::{ANSWERS_NAMES, asks_for_names_at, socket};
pub use server::Server;
pub use streams::Streams;
pub use turned_away::{Counted, TURNED_AWAY};
