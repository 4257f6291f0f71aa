//! What users may write on global: everything that zones do not own.
use super::is_ours;
use crate::{
    node::{
        Change, EditRefused, Fits, Violation,
        admission::{Ground, admit_edit},
    },
    resource::{Key, Kind, MeshName, Resource, ZoneName, labels},
    sync::{
        Lane,
        catalog::{Catalog, Write},
    },
};
use std::collections::BTreeSet;

pub(super) fn admit(changes: Vec<Change>, catalog: &Catalog, fits: Fits) -> Result<Vec<Write>, EditRefused> {
    let meshes: BTreeSet<MeshName> = catalog.of_kind(&Kind::mesh()).filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok()).collect();
    let mut ground = Ground { catalog, lane: Lane::Down, fits, meshes };
    admit_edit(changes, &mut ground, &|resource| own(resource, catalog), &|key| taken_along(key, catalog))
}

/// What a user writes here is global's, unless it is a zone's already, or says so.
fn own(mut resource: Resource, catalog: &Catalog) -> Result<Resource, EditRefused> {
    refuse_foreign(&resource.key, catalog)?;
    if !is_ours(resource.origin()) {
        let field = format!("labels[\"{}\"]", labels::ORIGIN);
        let message = "must be absent or `global` on a global control plane".to_owned();
        return Err(EditRefused::Invalid(vec![Violation { key: resource.key, field, message }]));
    }
    if resource.kind().facts().is_some_and(|facts| facts.up && !facts.down) {
        return Err(EditRefused::NotOwner { key: resource.key, owner: "in its zone".to_owned() });
    }
    // As Kuma labels what belongs to a mesh.
    if let Some(mesh) = resource.mesh().map(ToString::to_string) {
        resource.labels.entry(labels::MESH.to_owned()).or_insert(mesh);
    }
    Ok(resource)
}

/// The zone whose `Zone` this is.
pub(super) fn zone_named_by(key: &Key) -> Option<ZoneName> {
    (key.kind.as_str() == "Zone").then(|| ZoneName::new(key.name.as_str()).ok()).flatten()
}

fn refuse_foreign(key: &Key, catalog: &Catalog) -> Result<(), EditRefused> {
    match catalog.get(key).filter(|held| !is_ours(held.origin())) {
        Some(held) => {
            let owner = held.zone().map_or_else(|| "in its zone".to_owned(), |zone| format!("in zone {zone}"));
            Err(EditRefused::NotOwner { key: key.clone(), owner })
        }
        None => Ok(()),
    }
}

/// A zone takes everything along that it announced, and a mesh everything that was written in it on global. While proxies are in a mesh,
/// it stays (as in Kuma).
fn taken_along(key: &Key, catalog: &Catalog) -> Result<Vec<Key>, EditRefused> {
    refuse_foreign(key, catalog)?;
    if catalog.get(key).is_none() {
        return Ok(Vec::new());
    }
    if let Some(zone) = zone_named_by(key) {
        return Ok(catalog.announced_by(&zone, None).cloned().collect());
    }
    if key.kind.as_str() != "Mesh" {
        return Ok(Vec::new());
    }
    let in_it: Vec<&Resource> = catalog
        .resources()
        .map(AsRef::as_ref)
        .filter(|resource| resource.mesh().is_some_and(|mesh| mesh.as_str() == key.name.as_str()))
        .collect();
    let proxies = in_it.iter().filter(|resource| resource.kind().as_str() == "Dataplane").count();
    if proxies > 0 {
        let message = format!("cannot be deleted while data plane proxies are in it; there are {proxies}");
        return Err(EditRefused::Invalid(vec![Violation { key: key.clone(), field: "mesh".to_owned(), message }]));
    }
    Ok(in_it.into_iter().filter(|resource| is_ours(resource.origin())).map(|resource| resource.key.clone()).collect())
}
