//! Resources as they would have to be.
use super::{
    answer::Change,
    ground::Place,
    side::{Held, Side, of_zone},
};
use crate::{
    names::ServiceId,
    plan::{Candidate, SPIFFE_ID, Selecting, Serving},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName, labels, model::SERVICE_TAG},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The label of which a SPIFFE ID is made, if its `MeshIdentity` says nothing else.
pub(super) const WORKLOAD: &str = "kuma.io/workload";

/// A resource without what control planes write into it.
pub(super) fn plain(mut resource: Resource) -> Resource {
    if *resource.kind() == Kind::mesh_service()
        && let Some(Value::Object(spec)) = resource.spec.value()
    {
        let mut spec = spec.clone();
        spec.remove("state");
        let is_kept = |one: &Value| one.get("type").is_none_or(|of| of != SPIFFE_ID);
        let identities = spec.get("identities").and_then(Value::as_array).into_iter().flatten();
        let kept: Vec<Value> = identities.filter(|one| is_kept(one)).cloned().collect();
        if kept.is_empty() {
            spec.remove("identities");
        } else {
            spec.insert("identities".to_owned(), kept.into());
        }
        resource.spec = Spec::new(Value::Object(spec));
    }
    resource
}

/// A resource with another spec.
pub(super) fn respecified(held: &Held, edit: impl FnOnce(&mut Value)) -> Resource {
    let mut written = plain(held.as_written());
    let mut spec = written.spec.value().cloned().unwrap_or_else(|| Value::Object(Map::new()));
    edit(&mut spec);
    written.spec = Spec::new(spec);
    written
}

/// A resource that nobody has written.
pub(super) fn new(kind: &str, mesh: &MeshName, name: &str, spec: Value) -> Option<Resource> {
    let name: String = name.chars().take(200).collect();
    let key = Key { kind: Kind::new(kind).ok()?, mesh: Some(mesh.clone()), name: ResourceName::new(&name).ok()? };
    Some(Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None })
}

/// A `Dataplane` with more labels.
pub(super) fn labelled(held: &Held, more: impl IntoIterator<Item = (String, String)>) -> Resource {
    let mut written = held.as_written();
    written.labels.extend(more);
    written
}

/// Says who the proxies are that have the label of this one, and nothing of others. One that has no label which tells it apart gets one, and is told
/// who it is in its own zone.
pub(super) fn identity_for(proxy: &Held, zone: &ZoneName, mesh: &MeshName) -> Option<(Place, Vec<Resource>)> {
    let has = |label| Some((label, proxy.resource.labels.get(label).filter(|value| !value.is_empty())?));
    let found = [WORKLOAD, "app"].into_iter().find_map(has);
    let own = proxy.resource.display_name().to_owned();
    let (label, value) = found.unwrap_or((WORKLOAD, &own));
    let spec = json!({
        "selector": {"dataplane": {"matchLabels": {label: value}}},
        "spiffeID": {"path": format!("/workload/{{{{ label \"{label}\" }}}}")},
        "provider": {"type": "Bundled", "bundled": {"autogenerate": {"enabled": true}}},
    });
    let mut identity = new("MeshIdentity", mesh, &format!("identity-of-{value}"), spec)?;
    if found.is_some() {
        return Some((Place::Global, vec![identity]));
    }
    identity.labels = of_zone(zone);
    Some((Place::Zone(zone.clone()), vec![labelled(proxy, [(label.to_owned(), own.clone())]), identity]))
}

/// The `Dataplane` of whoever asks, with a way to a service.
pub(super) fn reaching(held: &Held, service: &ServiceId, port: u16, here: &ZoneName, by_port: bool) -> Resource {
    let is_at_home = service.namespace.is_none() && service.zone.as_ref().is_none_or(|zone| zone == here);
    let backend = if is_at_home {
        json!({"kind": service.kind, "name": service.name, "port": port})
    } else {
        json!({"kind": service.kind, "labels": {labels::DISPLAY_NAME: service.name, labels::ZONE: service.zone}, "port": port})
    };
    respecified(held, |spec| {
        let networking = &mut spec["networking"];
        if by_port {
            let taken: BTreeSet<u64> = ["inbound", "outbound"]
                .iter()
                .flat_map(|list| networking[*list].as_array().into_iter().flatten())
                .filter_map(|one| one["port"].as_u64())
                .collect();
            let free = (9001..=65535).find(|port| !taken.contains(port)).unwrap_or(9001);
            push(networking, "outbound", json!({"port": free, "backendRef": backend}));
        } else {
            let field = if networking.get("transparent_proxying").is_some() { "transparent_proxying" } else { "transparentProxying" };
            let transparent = &mut networking[field];
            let field = if transparent.get("reachable_backends").is_some() { "reachable_backends" } else { "reachableBackends" };
            push(&mut transparent[field], "refs", backend);
        }
    })
}

fn push(map: &mut Value, list: &str, item: Value) {
    match map.get_mut(list).and_then(Value::as_array_mut) {
        Some(list) => list.push(item),
        None => map[list] = json!([item]),
    }
}

/// Who is to serve a service that nobody is selected for; `None`: no proxy says that it could.
pub(super) fn selecting(held: &Held, service: &ServiceId, side: &Side) -> Option<Resource> {
    let serves = |proxy: &&Held| {
        let inbounds = proxy.resource.spec.value().and_then(|spec| spec.pointer("/networking/inbound")?.as_array());
        inbounds.into_iter().flatten().any(|inbound| inbound["tags"][SERVICE_TAG] == service.name.as_str())
    };
    side.of_kind(&service.mesh, "Dataplane").find(serves)?;
    Some(respecified(held, |spec| spec["selector"] = json!({"dataplaneTags": {SERVICE_TAG: service.name}})))
}

/// A service whose port is served by this inbound.
pub(super) fn targeting(held: &Held, section: &str, candidate: &Candidate) -> Resource {
    respecified(held, |spec| {
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = port["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
            if name.unwrap_or_else(|| port["port"].to_string()) == section {
                port["targetPort"] = if candidate.name.is_empty() { json!(candidate.endpoint.port) } else { json!(candidate.name) };
            }
        }
    })
}

/// A service whose port at this place has this name; empty: none.
pub(super) fn port_named(held: &Held, index: usize, name: &str) -> Resource {
    respecified(held, |spec| {
        let port = spec.get_mut("ports").and_then(|ports| ports.get_mut(index)).and_then(Value::as_object_mut);
        if let Some(port) = port {
            port.remove("name");
            if !name.is_empty() {
                port.insert("name".to_owned(), name.into());
            }
        }
    })
}

/// A `Dataplane` whose inbounds take traffic, of those that would serve something.
pub(super) fn ready(held: &Held, candidates: &[Candidate]) -> Resource {
    let waits: BTreeSet<u64> =
        candidates.iter().filter(|one| one.serving == Serving::NotReady).map(|one| u64::from(one.endpoint.port)).collect();
    respecified(held, |spec| {
        for inbound in spec.pointer_mut("/networking/inbound").and_then(Value::as_array_mut).into_iter().flatten() {
            if inbound["port"].as_u64().is_some_and(|port| waits.contains(&port))
                && let Some(inbound) = inbound.as_object_mut()
            {
                inbound.remove("state");
                inbound.remove("health");
            }
        }
    })
}

/// Which proxies a permission has to be for, so that it is for those who serve a service; `None`: they can be told apart only in their zone.
pub(super) fn servers(selecting: &Selecting) -> Option<Value> {
    match selecting {
        Selecting::Labels(labels) if !labels.is_empty() => Some(json!({"kind": "Dataplane", "labels": labels})),
        Selecting::Tags(tags) if !tags.is_empty() => Some(json!({"kind": "MeshSubset", "tags": tags})),
        Selecting::Labels(_) | Selecting::Tags(_) => Some(json!({"kind": "Mesh"})),
        Selecting::Named => None,
    }
}

/// Writes one resource where it was written.
pub(super) fn rewrite(what: impl Into<String>, place: &Place, resource: Resource) -> Change {
    Change::write(what, place, &[resource])
}

/// A service of a zone that is to be.
pub(super) fn union_of(held: &Held, service: &ServiceId) -> Resource {
    respecified(held, |spec| spec["selector"] = json!({"meshService": {"matchLabels": {labels::DISPLAY_NAME: service.name}}}))
}

/// A `ZoneIngress` that says where others reach it: where it listens.
pub(super) fn advertising(held: &Held) -> Resource {
    respecified(held, |spec| {
        let networking = &mut spec["networking"];
        networking["advertisedAddress"] = networking["address"].clone();
        networking["advertisedPort"] = networking["port"].clone();
    })
}

/// Labels that a proxy lacks, each with its own name or what it says it serves.
pub(super) fn lacking(proxy: &Held, lacks: &BTreeSet<String>) -> BTreeMap<String, String> {
    let tags = proxy
        .resource
        .spec
        .value()
        .and_then(|spec| spec.pointer(&format!("/networking/inbound/0/tags/{}", SERVICE_TAG.replace('/', "~1"))));
    let called = tags.and_then(Value::as_str).unwrap_or_else(|| proxy.resource.display_name());
    lacks.iter().map(|label| (label.clone(), called.to_owned())).collect()
}
