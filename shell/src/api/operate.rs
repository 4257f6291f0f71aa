//! What operators decide.
use super::{Api, Mode, Problem, body};
use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use strait_core::{
    node::Operation,
    resource::{MeshName, ResourceName, ZoneName, model::go_duration},
};

/// Longer than everything that an operator decides.
const LARGEST_REQUEST: usize = 64 << 10;

/// Whose place another authority is to take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    mesh: String,
    name: Option<String>,
    overlap: Option<String>,
}

/// On global: its history is the truth. In a zone: what global says is.
pub(super) async fn adopt(State(api): State<Api>) -> Result<Response, Problem> {
    done(&api, Operation::Adopt).await
}

/// On global, about one zone.
pub(super) async fn decide(State(api): State<Api>, Path((zone, decision)): Path<(String, String)>) -> Result<Response, Problem> {
    if matches!(api.0.mode, Mode::Zone { .. }) {
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

/// In a zone: another authority takes the place of the one that vouches for its proxies in a mesh.
pub(super) async fn rotate(State(api): State<Api>, body: Body) -> Result<Response, Problem> {
    let said = body::read(body, LARGEST_REQUEST).await?;
    // A list would be read as the fields in their order.
    let said = serde_json::from_slice::<Map<String, Value>>(&said).map(Value::Object);
    let said: Rotation =
        said.and_then(serde_json::from_value).map_err(|error| Problem::of_field("", format!("this asks for no rotation: {error}")))?;
    let mesh = MeshName::new(&said.mesh).map_err(|error| Problem::of_field("mesh", error.to_string()))?;
    let identity = said.name.as_deref().map(ResourceName::new).transpose().map_err(|error| Problem::of_field("name", error.to_string()))?;
    let overlap = said.overlap.as_deref().map(go_duration).transpose().map_err(|error| Problem::of_field("overlap", error.to_string()))?;
    done(&api, Operation::Rotate { mesh, identity, overlap_seconds: overlap.map(|overlap| overlap.as_secs()) }).await
}

async fn done(api: &Api, operation: Operation) -> Result<Response, Problem> {
    api.desk().operate(operation).await??;
    Ok(Json(json!({})).into_response())
}
