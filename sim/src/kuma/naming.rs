//! What a Kuma changes about a resource before it sends it.
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::resource::{Key, Resource, ResourceName, Spec, ZoneName, hashed_name, labels};

const NEVER_HASHED: [&str; 4] = ["Mesh", "Config", "Secret", "GlobalSecret"];
const COUNTS_LIVENESS: [&str; 3] = ["DataplaneInsight", "ZoneIngressInsight", "ZoneEgressInsight"];

/// The form in which global sends a resource to zones.
pub(super) fn for_zones(resource: &Resource) -> Arc<Resource> {
    let mut sent = resource.clone();
    sent.labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
    if resource.kind().facts().is_some_and(|facts| facts.status) {
        sent.status = Some(Spec::new(blank_status(resource.kind().as_str())));
    }
    if !NEVER_HASHED.contains(&resource.kind().as_str()) {
        hash(&mut sent);
    }
    Arc::new(sent)
}

/// The form in which a zone sends a resource to global.
pub(super) fn for_global(zone: &ZoneName, resource: &Resource) -> Arc<Resource> {
    let mut sent = resource.clone();
    sent.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    sent.labels.insert(labels::ZONE.to_owned(), zone.to_string());
    sent.labels.remove(labels::DELETION_GRACE_PERIOD);
    if COUNTS_LIVENESS.contains(&resource.kind().as_str()) {
        forget_generations(&mut sent);
    }
    hash(&mut sent);
    Arc::new(sent)
}

fn hash(sent: &mut Resource) {
    let shown = sent.display_name().to_owned();
    let from: Vec<&str> =
        [labels::ZONE, labels::NAMESPACE].into_iter().filter_map(|label| sent.labels.get(label)).map(String::as_str).collect();
    let mesh = sent.key.mesh.as_ref().map_or("", |mesh| mesh.as_str());
    if let Ok(name) = ResourceName::new(&hashed_name(mesh, &shown, &from)) {
        sent.key = Key { name, ..sent.key.clone() };
    }
    sent.labels.insert(labels::DISPLAY_NAME.to_owned(), shown);
}

/// Go's JSON drops empty scalars and lists, but no empty structs.
fn blank_status(kind: &str) -> Value {
    match kind {
        "MeshService" => json!({"tls": {}, "dataplaneProxies": {}}),
        "MeshExternalService" => json!({"vip": {}}),
        _ => json!({}),
    }
}

fn forget_generations(sent: &mut Resource) {
    let Some(mut insight) = sent.spec.value().cloned() else {
        return;
    };
    for subscription in insight.get_mut("subscriptions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(subscription) = subscription.as_object_mut() {
            // A zero is not written in protobuf's JSON.
            subscription.remove("generation");
        }
    }
    sent.spec = sent.spec.with_value(insight);
}
