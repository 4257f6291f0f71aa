//! All that a node lets know, then every change, as JSON lines.
use super::Api;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use std::convert::Infallible;
use tokio_stream::{
    StreamExt as _,
    wrappers::{BroadcastStream, errors::BroadcastStreamRecvError},
};

/// A line `{"observation": …}`, then a line `{"change": …}` for each change. Whoever reads too slowly gets a line `{"lost": N}` and has to
/// begin anew.
pub(super) async fn follow(State(api): State<Api>) -> Response {
    let (whole, changes) = api.desk().follow(|shown| line("observation", shown));
    let changes = BroadcastStream::new(changes).map(|change| match change {
        Ok(change) => line("change", &*change),
        Err(BroadcastStreamRecvError::Lagged(lost)) => line("lost", &lost),
    });
    let lines = tokio_stream::once(whole).chain(changes).map(Ok::<_, Infallible>);
    ([(CONTENT_TYPE, "application/jsonl")], Body::from_stream(lines)).into_response()
}

fn line(what: &str, value: &impl serde::Serialize) -> Bytes {
    let mut text = serde_json::json!({ what: value }).to_string();
    text.push('\n');
    Bytes::from(text)
}
