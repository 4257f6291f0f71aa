//! Kuma's `Zone`s: what operators decide about a zone as a whole.
use super::shelf::Shelf;
use std::sync::Arc;
use strait_core::{
    node::{Change, GlobalEffect, Operation},
    resource::{Key, Kind, Labels, Origin, Resource, ResourceName, Spec, ZoneName},
};

/// The edit of a `Zone` that an operator means.
pub(super) fn edit_of(operation: &Operation, shelf: &Shelf<GlobalEffect>) -> Option<Change> {
    let (zone, enabled) = match operation {
        Operation::Enable(zone) => (zone, true),
        Operation::Disable(zone) => (zone, false),
        Operation::Remove(zone) => return key_of(zone).map(Change::Delete),
        Operation::Adopt | Operation::AdoptZone(_) | Operation::Admit(_) | Operation::Rotate { .. } => return None,
    };
    let key = key_of(zone)?;
    let labels = shelf.get(&key).map_or_else(Labels::new, |held| held.labels.clone());
    Some(Change::Put(Resource { key, labels, spec: Spec::new(serde_json::json!({ "enabled": enabled })), status: None }))
}

/// The zone whose `Zone` this is.
pub(super) fn named_by(key: &Key) -> Option<ZoneName> {
    (key.kind.as_str() == "Zone").then(|| ZoneName::new(key.name.as_str()).ok()).flatten()
}

/// Whether that zone made this.
pub(super) fn is_from(held: &Arc<Resource>, zone: &ZoneName) -> bool {
    held.origin() == Some(Origin::Zone) && held.zone().as_ref() == Some(zone)
}

/// Whether the zone that made this is disabled. A zone without a `Zone` is not.
pub(super) fn is_withheld(resource: &Resource, shelf: &Shelf<GlobalEffect>) -> bool {
    let home = (resource.origin() == Some(Origin::Zone)).then(|| resource.zone()).flatten();
    let zone = home.and_then(|home| key_of(&home)).and_then(|key| shelf.get(&key));
    zone.and_then(|zone| zone.spec.value()).and_then(|spec| spec.get("enabled")).is_some_and(|enabled| enabled == false)
}

fn key_of(zone: &ZoneName) -> Option<Key> {
    Some(Key { kind: Kind::new("Zone").ok()?, mesh: None, name: ResourceName::new(zone.as_str()).ok()? })
}
