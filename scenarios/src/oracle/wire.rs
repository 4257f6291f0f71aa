//! How a resource looks once it has travelled, written from Kuma's rules and sharing no code with the core.
use super::public_half::public_half;
use serde_json::{Map, Value};
use strait_core::resource::{Key, Resource, ResourceName, ZoneName, hashed_name, labels};

const NEVER_HASHED_DOWN: [&str; 4] = ["Mesh", "Config", "Secret", "GlobalSecret"];
const INSIGHTS: [&str; 3] = ["DataplaneInsight", "ZoneIngressInsight", "ZoneEgressInsight"];

/// What a zone receives when global sends this. The status is left as it is: it is the receiver's.
pub(crate) fn down(resource: &Resource) -> Resource {
    let mut sent = public_half(resource).unwrap_or_else(|| resource.clone());
    sent.labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
    if !NEVER_HASHED_DOWN.contains(&resource.kind().as_str()) {
        rename(&mut sent);
    }
    sent
}

/// What global receives when a zone sends this.
pub(crate) fn up(zone: &ZoneName, resource: &Resource) -> Resource {
    let mut sent = resource.clone();
    sent.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    sent.labels.insert(labels::ZONE.to_owned(), zone.to_string());
    sent.labels.remove(labels::DELETION_GRACE_PERIOD);
    rename(&mut sent);
    if INSIGHTS.contains(&resource.kind().as_str())
        && let Some(mut value) = resource.spec.value().cloned()
    {
        for subscription in value.get_mut("subscriptions").and_then(Value::as_array_mut).into_iter().flatten() {
            subscription.as_object_mut().map(|subscription| subscription.remove("generation"));
        }
        sent.spec = resource.spec.with_value(value);
    }
    sent
}

/// What global makes of what a zone sent: the fields that name a zone name this one.
pub(crate) fn pinned(zone: &ZoneName, sent: &Resource) -> Option<Resource> {
    let mut value = sent.spec.value()?.clone();
    match sent.kind().as_str() {
        "Dataplane" => {
            let networking = value.get_mut("networking")?;
            for inbound in networking.get_mut("inbound").and_then(Value::as_array_mut).into_iter().flatten() {
                pin_tag(inbound, zone);
            }
            if let Some(gateway) = networking.get_mut("gateway") {
                pin_tag(gateway, zone);
            }
        }
        "ZoneIngress" => {
            value.as_object_mut()?.insert("zone".to_owned(), Value::from(zone.as_str()));
            for service in value.get_mut("availableServices").and_then(Value::as_array_mut).into_iter().flatten() {
                let tags = service.as_object_mut().map(|service| service.entry("tags").or_insert_with(|| Value::Object(Map::new())));
                if let Some(tags) = tags.and_then(Value::as_object_mut) {
                    tags.insert(labels::ZONE.to_owned(), Value::from(zone.as_str()));
                }
            }
        }
        "ZoneEgress" => _ = value.as_object_mut()?.insert("zone".to_owned(), Value::from(zone.as_str())),
        _ => return None,
    }
    let spec = sent.spec.with_value(value);
    Some(Resource { spec, ..sent.clone() })
}

fn pin_tag(holder: &mut Value, zone: &ZoneName) {
    if let Some(tag) = holder.get_mut("tags").and_then(|tags| tags.get_mut(labels::ZONE)) {
        *tag = Value::from(zone.as_str());
    }
}

/// The hashed name, and the name its author gave it as a label.
fn rename(sent: &mut Resource) {
    let shown = match sent.labels.get(labels::DISPLAY_NAME) {
        Some(shown) if !shown.is_empty() => shown.clone(),
        _ => sent.key.name.as_str().to_owned(),
    };
    let mut extra = Vec::new();
    extra.extend(sent.labels.get(labels::ZONE).map(String::as_str));
    extra.extend(sent.labels.get(labels::NAMESPACE).map(String::as_str));
    let mesh = sent.key.mesh.as_ref().map_or("", |mesh| mesh.as_str());
    if let Ok(name) = ResourceName::new(&hashed_name(mesh, &shown, &extra)) {
        sent.key = Key { kind: sent.key.kind.clone(), mesh: sent.key.mesh.clone(), name };
    }
    sent.labels.insert(labels::DISPLAY_NAME.to_owned(), shown);
}
