//! The state of zones and of the store, short.
use super::{Api, Mode};
use axum::{Json, extract::State, response::IntoResponse};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    ineffective::{Ineffective, ineffective_together},
    kubernetes::{ObjectId, ObjectKind, Problem},
    node::{ClusterStatus, ProxyStatus, RotationStatus, VipState},
    resource::{Key, MeshName, Resource},
};
use tokio::task::spawn_blocking;

/// What may do nothing only because others are there.
const COMPARED: [&str; 2] = ["MeshService", "MeshMultiZoneService"];

/// Everything that is known about the other ends, zones and proxies, without the resources.
pub(super) async fn show(State(api): State<Api>) -> impl IntoResponse {
    let counts = api.0.source.store().counts();
    let store = serde_json::json!({"type": "redb", "commits": counts.commits(), "syncs": counts.syncs()});
    let reach = match &api.0.mode {
        Mode::Zone { cluster, .. } => cluster.as_ref(),
        Mode::Global { .. } => None,
    };
    let (mut shown, mut ineffective, services) = api.desk().look(|shown| {
        let name = |key: &Key| format!("{}/{}", key.mesh.as_ref().map_or("", MeshName::as_str), key.name);
        let proxies: BTreeMap<String, &ProxyStatus> = shown.proxies.iter().map(|(key, status)| (name(key), status)).collect();
        let ineffective: BTreeMap<String, Vec<Ineffective>> =
            shown.ineffective.iter().map(|(key, found)| (key.to_string(), found.clone())).collect();
        let rotation = |((identity, trust_domain), status): (&(Key, String), &RotationStatus)| {
            let waits_for = status.waits_for.to_string();
            // As its author calls it, and as it is asked for.
            let called = shown.view.resources.get(identity).map_or(identity.name.as_str(), |held| held.display_name());
            let identity = format!("{}/{called}", identity.mesh.as_ref().map_or("", MeshName::as_str));
            serde_json::json!({"identity": identity, "trustDomain": trust_domain, "phase": status.phase, "waitsFor": waits_for})
        };
        let rotations: Vec<_> = shown.rotations.iter().map(rotation).collect();
        let none_left = shown.view.vips.iter().filter(|(_, vip)| **vip == VipState::Exhausted);
        let without_address: Vec<String> = none_left.map(|(service, _)| service.to_string()).collect();
        let services = shown.view.resources.values().filter(|held| COMPARED.contains(&held.kind().as_str()));
        let services: Vec<Arc<Resource>> = services.cloned().collect();
        let shown = serde_json::json!({
            "version": shown.version,
            "head": shown.head,
            "store": store,
            "storeFailure": shown.store_failure,
            "resources": shown.view.resources.len(),
            "zones": shown.peers,
            "proxies": proxies,
            "rotations": rotations,
            "withoutAddress": without_address,
            "cluster": shown.cluster.as_ref().map(cluster),
        });
        (shown, ineffective, services)
    });
    // Looks at all services, and the process is not to wait for that.
    let together = spawn_blocking(move || ineffective_together(services.iter().map(AsRef::as_ref))).await;
    for (resource, found) in together.unwrap_or_default() {
        ineffective.entry(resource.to_string()).or_default().extend(found);
    }
    shown["ineffective"] = serde_json::json!(ineffective);
    if let Some(reach) = reach {
        if shown["cluster"].is_null() {
            shown["cluster"] = cluster(&ClusterStatus::default());
        }
        let (custom, api): (BTreeMap<_, _>, BTreeMap<_, _>) =
            reach.kinds().into_iter().partition(|(kind, _)| matches!(kind, ObjectKind::Custom(_)));
        let defined = reach.defined();
        shown["cluster"]["api"] = serde_json::json!(api);
        shown["cluster"]["custom"] = serde_json::json!({"api": custom, "missing": defined.missing, "failing": defined.failing});
        shown["cluster"]["writes"] = serde_json::json!(reach.writes());
        shown["cluster"]["events"] = serde_json::json!({"failing": reach.events()});
    }
    Json(shown)
}

/// What is known of the cluster of a zone, and what is wrong with its objects.
fn cluster(shown: &ClusterStatus) -> Value {
    let said = |(id, problem): (&ObjectId, &Problem)| {
        let kind = if problem.reason.is_warning() { "Warning" } else { "Normal" };
        serde_json::json!({"object": id.to_string(), "type": kind, "reason": problem.reason.as_str(), "message": problem.message})
    };
    let all = shown.problems.iter().flat_map(|(id, problems)| problems.iter().map(move |problem| (id, problem)));
    serde_json::json!({"listed": shown.listed, "stale": shown.stale, "problems": all.map(said).collect::<Vec<_>>()})
}
