//! The resolver of a zone: answers questions about the mesh domains over UDP and TCP (RFC 1035, RFC 7766), as Kuma's control planes did on
//! the same port until 1.6. The launcher of a proxy answers its workload with the same code.
//!
//! What a zone answers is decided by [`strait_core::names::Resolver`]. Messages are read and written here, too:
//! there is one
//! question in them and one record of two shapes, and a launcher passes on what it does not know, which it must judge by its form alone.
//! hickory-proto reads them in the tests, and what other nameservers answer (`look_up`). The sockets are served here and not by
//! hickory-server, which bounds neither connections nor what a connection that does not read may hold, stops accepting when a
//! client gives up before it is accepted, and logs a line for each question.
//!
//! | module | what |
//! | --- | --- |
//! | `table` | what questions are answered from |
//! | `respond` | who answers: at once, or later |
//! | `message` | a question's bytes to its answer's |
//! | `asked` | a question, read |
//! | `written` | an answer, written |
//! | `sockets` | a port, over both |
//! | `udp`, `tcp` | what comes in there |
//! | `apart` | datagrams on a thread of their own |
//! | `look_up` | one name is asked for elsewhere |
//! | `connections` | which TCP connections there are, and which one goes when there are too many |
mod apart;
mod asked;
mod connections;
mod look_up;
mod message;
mod respond;
mod sockets;
mod table;
mod tcp;
mod udp;
mod written;

pub use apart::{Apart, serve_apart};
pub use connections::MOST_CONNECTIONS;
pub use look_up::look_up;
pub use message::{Heard, LARGEST_DATAGRAM, LARGEST_QUESTION, Over, Responder};
pub use respond::{Respond, Response};
pub use sockets::{CannotBind, Sockets};
pub use table::{Answers, Table};
pub use tcp::IDLE_FOR;

use tokio::task::JoinSet;

/// Answers what comes in on these sockets, until the returned set is dropped. For those who may ask others, and wait for that.
pub fn serve(sockets: Sockets, responder: impl Respond) -> JoinSet<()> {
    let mut serving = JoinSet::new();
    serving.spawn(udp::serve(sockets.udp, responder.clone()));
    serving.spawn(tcp::serve(sockets.tcp, responder));
    serving
}
