//! The state of zones and of the store, short.
use super::Api;
use axum::{Json, extract::State, response::IntoResponse};
use std::collections::BTreeMap;
use strait_core::{
    ineffective::{Ineffective, ineffective_together},
    node::{ProxyStatus, RotationStatus},
    resource::{Key, MeshName},
};

/// Everything that is known about the other ends, zones and proxies, without the resources.
pub(super) async fn show(State(api): State<Api>) -> impl IntoResponse {
    let counts = api.0.source.store().counts();
    let store = serde_json::json!({"type": "redb", "commits": counts.commits(), "syncs": counts.syncs()});
    let shown = api.desk().look(|shown| {
        let name = |key: &Key| format!("{}/{}", key.mesh.as_ref().map_or("", MeshName::as_str), key.name);
        let proxies: BTreeMap<String, &ProxyStatus> = shown.proxies.iter().map(|(key, status)| (name(key), status)).collect();
        let mut ineffective: BTreeMap<String, Vec<Ineffective>> = BTreeMap::new();
        let alone = shown.ineffective.iter().map(|(key, found)| (key.to_string(), found.clone()));
        let together = ineffective_together(shown.view.resources.values().map(AsRef::as_ref)).into_iter();
        for (resource, found) in alone.chain(together.map(|(key, found)| (key.to_string(), found))) {
            ineffective.entry(resource).or_default().extend(found);
        }
        let rotation = |((identity, trust_domain), status): (&(Key, String), &RotationStatus)| {
            let waits_for = status.waits_for.to_string();
            // As its author calls it, and as it is asked for.
            let called = shown.view.resources.get(identity).map_or(identity.name.as_str(), |held| held.display_name());
            let identity = format!("{}/{called}", identity.mesh.as_ref().map_or("", MeshName::as_str));
            serde_json::json!({"identity": identity, "trustDomain": trust_domain, "phase": status.phase, "waitsFor": waits_for})
        };
        let rotations: Vec<_> = shown.rotations.iter().map(rotation).collect();
        serde_json::json!({
            "version": shown.version,
            "head": shown.head,
            "store": store,
            "storeFailure": shown.store_failure,
            "resources": shown.view.resources.len(),
            "zones": shown.peers,
            "ineffective": ineffective,
            "proxies": proxies,
            "rotations": rotations,
        })
    });
    Json(shown)
}
