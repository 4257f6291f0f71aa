//! Why a workload reaches a name, or does not.
use super::{Api, Mode, Problem};
use crate::process::wall;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use strait_core::{
    resource::MeshName,
    why::{Ground, Question, why},
};

use tokio::sync::Semaphore;

/// Who asks for what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    mesh: Option<MeshName>,
    from: String,
    to: String,
}

/// Hops, verdicts, and what turns the first that is broken, by what is known at this moment.
pub(super) async fn explain(State(api): State<Api>, asked: Result<Query<Asked>, QueryRejection>) -> Result<Response, Problem> {
    let Query(Asked { mesh, from, to }) = asked.map_err(|error| Problem::of_field("mesh, from, to", error.body_text()))?;
    let mesh = mesh.map_or_else(|| MeshName::new("default"), Ok).map_err(|error| Problem::of_field("mesh", error.to_string()))?;
    let question = Question::read(mesh, &from, &to).map_err(|why| Problem::of_field("", why))?;
    let now = wall();
    let ground = api.desk().look(|shown| match &api.0.mode {
        Mode::Zone { name: zone, .. } => Ground::of_zone(zone, shown, now),
        Mode::Global { .. } => Ground::of_global(shown, now),
    });
    // It looks at all that is held, and nobody else is to wait for that; but who asks at the same time is.
    static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);
    let permit = ONE_AT_A_TIME.acquire().await.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let found = tokio::task::spawn_blocking(move || {
        let _held = permit;
        why(&ground, &question)
    })
    .await;
    let found = found.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(found.map_err(|unknown| Problem::not_found(unknown.to_string()))?).into_response())
}
