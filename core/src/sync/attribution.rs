//! Global attributes everything a zone sends to that zone, whatever the payload says (Kuma 2.14.2 and later).
use crate::resource::{Resource, ZoneName, labels};
use serde_json::{Map, Value};

/// Forces the labels, and the fields inside specs that name a zone.
pub(crate) fn attribute(mut resource: Resource, zone: &ZoneName) -> Resource {
    resource.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    resource.labels.insert(labels::ZONE.to_owned(), zone.to_string());
    let Some(value) = resource.spec.value() else {
        return resource;
    };
    let mut pinned = value.clone();
    match resource.kind().as_str() {
        "Dataplane" => pin_dataplane(&mut pinned, zone),
        "ZoneIngress" => pin_zone_ingress(&mut pinned, zone),
        "ZoneEgress" => pin_field(&mut pinned, "zone", zone),
        _ => return resource,
    }
    if pinned != *value {
        resource.spec = resource.spec.with_value(pinned);
    }
    resource
}

fn pin_dataplane(spec: &mut Value, zone: &ZoneName) {
    let Some(networking) = spec.get_mut("networking") else {
        return;
    };
    for inbound in list(networking, "inbound") {
        pin_tags_if_named(inbound, zone);
    }
    if let Some(gateway) = networking.get_mut("gateway") {
        pin_tags_if_named(gateway, zone);
    }
}

fn pin_zone_ingress(spec: &mut Value, zone: &ZoneName) {
    pin_field(spec, "zone", zone);
    for service in list(spec, "availableServices") {
        if let Some(service) = service.as_object_mut()
            && let Some(tags) = service.entry("tags").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
        {
            tags.insert(labels::ZONE.to_owned(), Value::String(zone.to_string()));
        }
    }
}

fn pin_tags_if_named(holder: &mut Value, zone: &ZoneName) {
    if let Some(tag) = holder.get_mut("tags").and_then(|tags| tags.get_mut(labels::ZONE)) {
        *tag = Value::String(zone.to_string());
    }
}

fn pin_field(spec: &mut Value, field: &str, zone: &ZoneName) {
    if let Some(spec) = spec.as_object_mut() {
        spec.insert(field.to_owned(), Value::String(zone.to_string()));
    }
}

fn list<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}
