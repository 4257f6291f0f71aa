//! The state of zones and of the store, short.
use super::Api;
use axum::{Json, extract::State, response::IntoResponse};

/// Everything that is known about the other ends, without the resources.
pub(super) async fn show(State(api): State<Api>) -> impl IntoResponse {
    let counts = api.0.source.store().counts();
    let store = serde_json::json!({"type": "redb", "commits": counts.commits(), "syncs": counts.syncs()});
    let shown = api.desk().look(|shown| {
        serde_json::json!({
            "version": shown.version,
            "head": shown.head,
            "store": store,
            "storeFailure": shown.store_failure,
            "resources": shown.view.resources.len(),
            "zones": shown.peers,
        })
    });
    Json(shown)
}
