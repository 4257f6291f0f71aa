//! Zone tokens, asked for as in Kuma: `{"zone": …, "scope": ["cp"], "validFor": "720h"}`.
use super::{Api, Problem};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::time::Duration;
use strait_core::resource::ZoneName;

/// A year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Which token is wanted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    zone: String,
    #[serde(default)]
    scope: Vec<String>,
    valid_for_seconds: u64,
}

/// Issues one, as plain text.
pub(super) async fn zone(State(api): State<Api>, Json(wanted): Json<Wanted>) -> Result<Response, Problem> {
    let guard = api.guard()?;
    let zone = ZoneName::new(&wanted.zone).map_err(|error| Problem::of_field("zone", error.to_string()))?;
    if let Some(other) = wanted.scope.iter().find(|scope| *scope != "cp") {
        return Err(Problem::of_field("scope", format!("`{other}` is not issued here: allowed is `cp`, for a zone control plane")));
    }
    let valid_for = Duration::from_secs(wanted.valid_for_seconds);
    if valid_for.is_zero() || valid_for > LONGEST {
        return Err(Problem::of_field("validForSeconds", "must be between 1 and 31536000, a year"));
    }
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the system gives no randomness"))?;
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = guard.issue(&zone, valid_for, &id).map_err(|why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(token.reveal().to_owned().into_response())
}
