//! A copy of what this control plane keeps, as it streams.
use super::{Api, Problem};
use crate::backup::Lines;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use std::convert::Infallible;

/// So many bytes are handed on at once.
const AT_ONCE: usize = 64 << 10;

/// All of it is of one moment. It holds keys, as whoever asks may.
pub(super) async fn stream(State(api): State<Api>) -> Result<Response, Problem> {
    let backup = api.0.source.take().await.map_err(|why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string()))?;
    let parts = Parts(backup.lines()).map(Ok::<_, Infallible>);
    Ok(([(CONTENT_TYPE, "application/jsonl")], Body::from_stream(tokio_stream::iter(parts))).into_response())
}

/// Lines, several at once.
struct Parts(Lines);

impl Iterator for Parts {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut part = self.0.next()?;
        while part.len() < AT_ONCE {
            match self.0.next() {
                Some(line) => part.push_str(&line),
                None => break,
            }
        }
        Some(Bytes::from(part))
    }
}
