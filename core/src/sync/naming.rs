//! How names and labels change on the way, in each direction (Kuma 2.14's provider).
use super::Lane;
use crate::resource::{Key, Labels, Resource, ResourceName, Spec, WireKey, ZoneName, hashed_name, labels, signing_key};
use serde_json::{Value, json};

/// What a resource is called on the wire. Depends on its name, its display name, and the zone and namespace that it came from.
pub(crate) fn wire_key(lane: Lane, resource: &Resource) -> WireKey {
    if lane == Lane::Down && !resource.kind().is_hashed_down() {
        return signing_key::public_half(resource).map_or_else(|| resource.key.clone(), |public| public.key);
    }
    let extra: Vec<&str> =
        [labels::ZONE, labels::NAMESPACE].iter().filter_map(|label| resource.labels.get(*label)).map(String::as_str).collect();
    let mesh = resource.mesh().map_or("", |mesh| mesh.as_str());
    let hashed = hashed_name(mesh, resource.display_name(), &extra);
    let name = ResourceName::new(&hashed).unwrap_or_else(|_| resource.key.name.clone());
    Key { name, ..resource.key.clone() }
}

/// A resource as global sends it to zones: origin global, hashed name, empty status.
pub(crate) fn on_the_way_down(resource: &Resource) -> Resource {
    let public = signing_key::public_half(resource);
    let resource = public.as_ref().unwrap_or(resource);
    let mut labels = resource.labels.clone();
    labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
    let key = wire_key(Lane::Down, resource);
    if resource.kind().is_hashed_down() {
        fill_display_name(&mut labels, resource);
    }
    let has_status = resource.kind().facts().map_or(resource.status.is_some(), |facts| facts.status);
    Resource { key, labels, spec: resource.spec.clone(), status: has_status.then(|| Spec::new(empty_status(resource))) }
}

/// A resource as a zone sends it to global: origin and zone said, hashed name, what is local to the zone left out.
pub(crate) fn on_the_way_up(zone: &ZoneName, resource: &Resource) -> Resource {
    let mut sent = resource.clone();
    sent.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    sent.labels.insert(labels::ZONE.to_owned(), zone.to_string());
    sent.labels.remove(labels::DELETION_GRACE_PERIOD);
    sent.key = wire_key(Lane::Up, &sent);
    fill_display_name(&mut sent.labels, resource);
    if matches!(resource.kind().as_str(), "DataplaneInsight" | "ZoneIngressInsight" | "ZoneEgressInsight")
        && let Some(value) = resource.spec.value()
    {
        sent.spec = resource.spec.with_value(without_generations(value.clone()));
    }
    sent
}

fn fill_display_name(labels: &mut Labels, resource: &Resource) {
    labels.insert(labels::DISPLAY_NAME.to_owned(), resource.display_name().to_owned());
}

/// What Kuma sends to zones instead of a status: the empty form of the kind's struct.
fn empty_status(resource: &Resource) -> Value {
    match resource.kind().as_str() {
        "MeshService" => json!({"dataplaneProxies": {}, "tls": {}}),
        "MeshExternalService" => json!({"vip": {}}),
        _ => json!({}),
    }
}

/// A subscription's generation counts liveness checks. Sent along, it would cause a resend every few minutes.
fn without_generations(mut insight: Value) -> Value {
    if let Some(subscriptions) = insight.get_mut("subscriptions").and_then(Value::as_array_mut) {
        for subscription in subscriptions.iter_mut().filter_map(Value::as_object_mut) {
            subscription.remove("generation");
        }
    }
    insight
}
