//! What zones make of what stands in files, once they run: services of what proxies say, where others come in, and who serves what.
use super::{
    ground::Place,
    side::{Held, holdings},
};
use crate::{
    names::ServiceId,
    node::{served_by, services_of, zone_addresses},
    plan::Plans,
    resource::{Key, Kind, MeshName, Resource, ZoneName},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is written, and what zones will write. What a user has written is left as it is.
pub(super) fn foreseen(written: Vec<(Place, Arc<Resource>)>) -> Vec<(Place, Arc<Resource>)> {
    let zones: BTreeSet<ZoneName> =
        written.iter().filter_map(|(place, _)| if let Place::Zone(zone) = place { Some(zone.clone()) } else { None }).collect();
    let mut all: BTreeMap<(Place, Key), Arc<Resource>> =
        written.into_iter().map(|(place, resource)| ((place, resource.key.clone()), resource)).collect();
    for zone in zones {
        let place = Place::Zone(zone.clone());
        let held = as_held(&all, &zone);
        let of_kind = |kind: Kind| held.iter().map(|held| &*held.resource).filter(move |held| *held.kind() == kind);
        let own =
            |kind: Kind| held.iter().filter(|held| held.place == place).map(|held| &*held.written).filter(move |held| *held.kind() == kind);
        let meshes: BTreeSet<MeshName> = of_kind(Kind::mesh()).filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok()).collect();
        let made = services_of(of_kind(Kind::mesh()), own(Kind::dataplane()));
        for one in made.into_iter().chain(zone_addresses(own(Kind::zone_ingress()), &meshes)) {
            all.entry((place.clone(), one.key.clone())).or_insert_with(|| Arc::new(one));
        }
        for (key, one) in known(&all, &zone) {
            all.insert((place.clone(), key), Arc::new(one));
        }
    }
    all.into_iter().map(|((place, _), resource)| (place, resource)).collect()
}

fn as_held(all: &BTreeMap<(Place, Key), Arc<Resource>>, zone: &ZoneName) -> Vec<Held> {
    let all: Vec<(Place, Arc<Resource>)> = all.iter().map(|((place, _), resource)| (place.clone(), Arc::clone(resource))).collect();
    holdings(&all, zone)
}

/// The services of a zone, where they will say who serves them, as they will.
fn known(all: &BTreeMap<(Place, Key), Arc<Resource>>, zone: &ZoneName) -> Vec<(Key, Resource)> {
    let held = as_held(all, zone);
    let mut plans = Plans::new(zone.clone());
    plans.apply(held.iter().map(|held| (&held.resource.key, Some(&held.resource))), []);
    let own = held.iter().filter(|held| matches!(&held.place, Place::Zone(home) if home == zone));
    let one = |held: &Held| {
        let (_, ids) = plans.known_by(&ServiceId::of(&held.resource, zone)?)?;
        // Nobody is known who is not seen.
        (!ids.is_empty()).then(|| served_by(&held.written, &ids)).flatten()
    };
    own.filter_map(|held| Some((held.written.key.clone(), one(held)?))).collect()
}
