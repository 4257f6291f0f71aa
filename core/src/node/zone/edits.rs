//! What users may write in a zone: what zones own.
use super::replica::Replica;
use crate::{
    node::{
        Change, EditRefused, Fits, Violation,
        admission::{Ground, admit_edit},
    },
    resource::{Key, Kind, MeshName, Origin, Resource, ZoneName, labels},
    sync::{
        Lane,
        catalog::{Catalog, Write},
    },
};

pub(super) fn admit(
    changes: Vec<Change>,
    zone: &ZoneName,
    catalog: &Catalog,
    replica: &Replica,
    fits: Fits,
) -> Result<Vec<Write>, EditRefused> {
    let meshes = replica.of_kind(&Kind::mesh()).filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok()).collect();
    let mut ground = Ground { catalog, lane: Lane::Up, fits, meshes };
    let ours = |key: &Key| -> Result<(), EditRefused> {
        let elsewhere = |owner: String| Err(EditRefused::NotOwner { key: key.clone(), owner });
        match replica.get(key) {
            Some(copy) => match copy.zone() {
                Some(home) => elsewhere(format!("in zone {home}")),
                None => elsewhere("on global".to_owned()),
            },
            None if !key.kind.travels_up() => elsewhere("on global".to_owned()),
            None => Ok(()),
        }
    };
    let prepare = |resource: Resource| {
        ours(&resource.key)?;
        own(resource, zone)
    };
    admit_edit(changes, &mut ground, &prepare, &|key| ours(key).map(|()| Vec::new()))
}

/// Labels that Kuma computes when a resource is made in a zone.
pub(crate) fn own(mut resource: Resource, zone: &ZoneName) -> Result<Resource, EditRefused> {
    let wrong = |label: &str, message: String| {
        let violation = Violation { key: resource.key.clone(), field: format!("labels[\"{label}\"]"), message };
        Err(EditRefused::Invalid(vec![violation]))
    };
    if resource.origin() == Some(Origin::Global) {
        return wrong(labels::ORIGIN, "must be absent or `zone` in a zone control plane".to_owned());
    }
    if let Some(named) = resource.labels.get(labels::ZONE).filter(|named| *named != zone.as_str()) {
        return wrong(labels::ZONE, format!("must be absent or `{zone}`, not `{named}`"));
    }
    let mesh = resource.mesh().map(ToString::to_string);
    let computed = [(labels::ORIGIN, "zone".to_owned()), (labels::ZONE, zone.to_string()), (labels::ENV, "universal".to_owned())];
    for (label, value) in computed.into_iter().chain(mesh.map(|mesh| (labels::MESH, mesh))) {
        resource.labels.entry(label.to_owned()).or_insert(value);
    }
    if let Some(proxy_type) = proxy_type(&resource) {
        resource.labels.insert(labels::PROXY_TYPE.to_owned(), proxy_type.to_owned());
    }
    Ok(resource)
}

/// What sort of proxy it is about, if it is about one.
fn proxy_type(resource: &Resource) -> Option<&'static str> {
    let gateway = || resource.spec.value().is_some_and(|spec| spec.pointer("/networking/gateway").is_some());
    match resource.kind().as_str() {
        "Dataplane" if gateway() => Some("gateway"),
        "Dataplane" => Some("sidecar"),
        "ZoneIngress" => Some("zoneingress"),
        "ZoneEgress" => Some("zoneegress"),
        _ => None,
    }
}
