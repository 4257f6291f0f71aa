//! What operators decide.
use super::{Api, Mode, Problem};
use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::json;
use strait_core::{node::Operation, resource::ZoneName};

/// On global: its history is the truth. In a zone: what global says is.
pub(super) async fn adopt(State(api): State<Api>) -> Result<Response, Problem> {
    done(&api, Operation::Adopt).await
}

/// On global, about one zone.
pub(super) async fn decide(State(api): State<Api>, Path((zone, decision)): Path<(String, String)>) -> Result<Response, Problem> {
    if matches!(api.0.mode, Mode::Zone(_)) {
        api.guard()?;
    }
    let zone = ZoneName::new(&zone).map_err(|error| Problem::of_field("zone", error.to_string()))?;
    let operation = match decision.as_str() {
        "_admit" => Operation::Admit(zone),
        "_adopt" => Operation::AdoptZone(zone),
        "_enable" => Operation::Enable(zone),
        "_disable" => Operation::Disable(zone),
        "_remove" => Operation::Remove(zone),
        other => {
            return Err(Problem::not_found(format!(
                "`{other}` is nothing that can be decided about a zone: allowed are _admit, _adopt, _enable, _disable, _remove"
            )));
        }
    };
    done(&api, operation).await
}

async fn done(api: &Api, operation: Operation) -> Result<Response, Problem> {
    api.desk().operate(operation).await??;
    Ok(Json(json!({})).into_response())
}
