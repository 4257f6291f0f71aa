//! All that a node lets know, then every change, as JSON lines.
use super::{Api, Problem, masked};
use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::convert::Infallible;
use tokio_stream::{
    StreamExt as _,
    wrappers::{BroadcastStream, errors::BroadcastStreamRecvError},
};

/// How it is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    #[serde(default)]
    secrets: Secrets,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Secrets {
    #[default]
    Masked,
    /// For whoever compares what control planes hold.
    Shown,
}

/// A line `{"observation": …}`, then a line `{"change": …}` for each change. Whoever reads too slowly gets a line `{"lost": N}` and has to
/// begin anew.
pub(super) async fn follow(State(api): State<Api>, told: Result<Query<Told>, QueryRejection>) -> Result<Response, Problem> {
    let Query(Told { secrets }) = told.map_err(|error| Problem::of_field("secrets", error.body_text()))?;
    let (whole, changes) = api.desk().follow(|shown| match secrets {
        Secrets::Shown => line("observation", shown),
        Secrets::Masked => line("observation", &masked::observation(shown)),
    });
    let changes = BroadcastStream::new(changes).map(move |change| match change {
        Ok(change) if secrets == Secrets::Shown => line("change", &*change),
        Ok(change) => line("change", &masked::change(&change)),
        Err(BroadcastStreamRecvError::Lagged(lost)) => line("lost", &lost),
    });
    let lines = tokio_stream::once(whole).chain(changes).map(Ok::<_, Infallible>);
    Ok(([(CONTENT_TYPE, "application/jsonl")], Body::from_stream(lines)).into_response())
}

fn line(what: &str, value: &impl serde::Serialize) -> Bytes {
    let mut text = serde_json::json!({ what: value }).to_string();
    text.push('\n');
    Bytes::from(text)
}
