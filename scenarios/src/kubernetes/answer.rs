//! What the API answers.
use super::{failure::Failure, watch::Watch};
use serde_json::Value;
use std::time::Duration;

/// An answer, and when it comes.
#[derive(Debug)]
pub struct Reply {
    /// How long it takes.
    pub after: Duration,
    /// What comes.
    pub answer: Answer,
}

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// All of it.
    Whole(Response),
    /// A stream of events, to be asked for with [`super::Api::events_after`].
    Watch(Box<Watch>),
    /// The connection is cut.
    Cut,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub code: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// Headers `Warning`.
    pub warnings: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// How JSON is called.
pub(super) const JSON: &str = "application/json";

impl Response {
    pub(super) fn json(code: u16, body: &Value) -> Self {
        Self::text(code, JSON, body.to_string().into_bytes())
    }

    pub(super) fn text(code: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { code, content_type, retry_after: None, warnings: Vec::new(), body }
    }
}

impl From<Failure> for Response {
    fn from(failure: Failure) -> Self {
        Self { retry_after: failure.retry_after, ..Self::json(failure.code, &failure.status()) }
    }
}
