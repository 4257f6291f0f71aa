//! Who answers what comes in on a port.
use super::{Over, Responder};
use std::{future::Future, net::SocketAddr, pin::Pin};

/// Answers what comes in on a port.
pub trait Respond: Clone + Send + Sync + 'static {
    /// Hears a question, and bounds how many it has not answered yet.
    fn hear(&self, asked: &[u8], from: SocketAddr, over: Over) -> Response;
}

/// What becomes of a question. `None`: there is no answer, because it is no question.
pub enum Response {
    /// This is the answer.
    Now(Option<Vec<u8>>),
    /// It is still being found out.
    Later(Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send>>),
}

impl Respond for Responder {
    fn hear(&self, asked: &[u8], from: SocketAddr, over: Over) -> Response {
        Response::Now(self.respond(asked, from.ip(), over))
    }
}
