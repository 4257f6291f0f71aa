//! What is known, as one zone holds it: by the rules by which resources travel.
use super::ground::{Ground, Place, Source};
use crate::{
    names::{Names, ServiceId},
    node::{VipState, features, owned_by},
    plan::Plans,
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, ZoneName, labels},
    sync::{
        filter::{Audience, Receiver},
        on_the_way_down, on_the_way_up,
    },
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

/// A resource as a zone holds it.
pub(super) struct Held {
    /// Where it was written.
    pub(super) place: Place,
    /// As it was written there, as far as that is known.
    pub(super) written: Arc<Resource>,
    pub(super) resource: Arc<Resource>,
}

/// A zone.
pub(super) struct Side {
    pub(super) zone: ZoneName,
    pub(super) held: BTreeMap<Key, Held>,
    pub(super) plans: Plans,
    pub(super) names: BTreeMap<MeshName, BTreeMap<String, ServiceId>>,
    pub(super) vips: BTreeMap<ServiceId, VipState>,
}

impl Side {
    /// A zone as far as it is known; `None`: nothing is known of its proxies here.
    pub(super) fn of(ground: &Ground, zone: &ZoneName) -> Option<Self> {
        let held: Vec<Held> = match &ground.source {
            Source::Zone(own) if own != zone => return None,
            Source::Zone(_) => ground.held.iter().map(|(place, resource)| as_it_is(place, resource, zone)).collect(),
            _ if !ground.zones().any(|known| known == zone) => return None,
            Source::Files(_) | Source::Global => holdings(&ground.held, zone),
        };
        Some(Self::holding(held, ground, zone))
    }

    fn holding(held: Vec<Held>, ground: &Ground, zone: &ZoneName) -> Self {
        let held: BTreeMap<Key, Held> = held.into_iter().map(|one| (one.resource.key.clone(), one)).collect();
        let running = ground.running.as_ref();
        let vips = match running {
            Some(running) => running.vips.clone(),
            None => held.values().filter_map(|one| shown_vip(one, zone)).collect(),
        };
        let names = running.and_then(|running| running.names.clone()).unwrap_or_else(|| {
            let mut names = Names::new(zone.clone());
            names.apply(held.iter().map(|(key, one)| (key, Some(&one.resource))));
            let mut found = BTreeMap::<MeshName, BTreeMap<String, ServiceId>>::new();
            for (mesh, name, service) in names.all() {
                found.entry(mesh.clone()).or_default().insert(name.to_owned(), service.clone());
            }
            found
        });
        let mut plans = Plans::new(zone.clone());
        let given =
            vips.iter().filter_map(|(service, vip)| if let VipState::Given(vip) = vip { Some((service, Some(*vip))) } else { None });
        plans.apply(held.iter().map(|(key, one)| (key, Some(&one.resource))), given);
        plans.name(names.iter().flat_map(|(mesh, names)| names.iter().map(move |(name, service)| (mesh, name.as_str(), Some(service)))));
        Self { zone: zone.clone(), held, plans, names, vips }
    }

    /// What the author of a resource calls it.
    pub(super) fn called<'a>(&'a self, key: &'a Key) -> &'a str {
        self.held.get(key).map_or(key.name.as_str(), |held| held.resource.display_name())
    }

    /// Whether it holds a mesh.
    pub(super) fn has_mesh(&self, mesh: &MeshName) -> bool {
        self.meshes().any(|name| name == mesh.as_str())
    }

    pub(super) fn meshes(&self) -> impl Iterator<Item = &str> {
        self.held.keys().filter(|key| key.kind == Kind::mesh()).map(|key| key.name.as_str())
    }

    /// The resources of a kind in a mesh.
    pub(super) fn of_kind<'a>(&'a self, mesh: &'a MeshName, kind: &'a str) -> impl Iterator<Item = &'a Held> {
        let is_it = move |key: &&Key| key.kind.as_str() == kind && key.mesh.as_ref() == Some(mesh);
        self.held.iter().filter(move |(key, _)| is_it(key)).map(|(_, held)| held)
    }
}

/// What a zone holds of what is written everywhere.
pub(super) fn holdings(all: &[(Place, Arc<Resource>)], zone: &ZoneName) -> Vec<Held> {
    let audience = Audience::Zone(Receiver { zone: zone.clone(), features: features() });
    let copy = |place: &Place, written: &Arc<Resource>, sent: &Resource| {
        let held = || Held { place: place.clone(), written: Arc::clone(written), resource: Arc::new(on_the_way_down(sent)) };
        audience.takes(sent).then(held)
    };
    let held = all.iter().filter_map(|(place, written)| match place {
        Place::Zone(home) if home == zone => {
            let written = Arc::new(at_home(written));
            let resource = owned_by(Resource::clone(&written), zone).map_or_else(|_| Arc::clone(&written), Arc::new);
            Some(Held { place: place.clone(), written, resource })
        }
        Place::Zone(home) => {
            let sent = on_the_way_up(home, &owned_by(at_home(written), home).unwrap_or_else(|_| Resource::clone(written)));
            copy(place, written, &sent)
        }
        Place::Global => copy(place, written, written),
    });
    held.collect()
}

/// What a zone that runs holds, and as it was written.
fn as_it_is(place: &Place, resource: &Arc<Resource>, zone: &ZoneName) -> Held {
    let is_own = matches!(place, Place::Zone(home) if home == zone);
    // One of its own that was never stored has no labels yet.
    let resource = if is_own {
        owned_by(Resource::clone(resource), zone).map_or_else(|_| Arc::clone(resource), Arc::new)
    } else {
        Arc::clone(resource)
    };
    let written = if is_own { Arc::clone(&resource) } else { Arc::new(at_home(&resource)) };
    Held { place: place.clone(), written, resource }
}

/// A copy as it is where it was written: there it has the name that its author gave it.
fn at_home(copy: &Resource) -> Resource {
    let mut written = copy.clone();
    if let Some(name) = written.labels.remove(labels::DISPLAY_NAME).and_then(|name| ResourceName::new(&name).ok()) {
        written.key.name = name;
    }
    // Copies that went down say that they are global's, whose ever they are.
    if written.labels.contains_key(labels::ZONE) {
        written.labels.remove(labels::ORIGIN);
    }
    written
}

/// The address that a file says a service has, as `strait get` shows it.
fn shown_vip(held: &Held, zone: &ZoneName) -> Option<(ServiceId, VipState)> {
    let service = ServiceId::of(&held.resource, zone)?;
    let vip: Ipv4Addr = held.written.status.as_ref()?.value()?.pointer("/vips/0/ip").and_then(Value::as_str)?.parse().ok()?;
    Some((service, VipState::Given(vip)))
}

impl Held {
    /// Whether a control plane makes it, so that nobody is to change it.
    pub(super) fn is_made(&self) -> bool {
        self.resource.labels.contains_key(labels::MANAGED_BY)
    }

    /// As its author would write it: without what control planes add.
    pub(super) fn as_written(&self) -> Resource {
        let mut written = Resource { status: None, ..Resource::clone(&self.written) };
        let added: BTreeSet<&str> = [labels::ORIGIN, labels::ENV, labels::MESH, labels::PROXY_TYPE].into();
        written.labels.retain(|label, _| !added.contains(label.as_str()));
        written
    }
}

/// Labels of a resource that belongs to a zone, so that it is known also in a file whose it is.
pub(super) fn of_zone(zone: &ZoneName) -> Labels {
    Labels::from([(labels::ZONE.to_owned(), zone.to_string())])
}
