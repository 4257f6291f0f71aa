//! What is known, and whose it is.
use super::foresee::foreseen;
use crate::{
    names::ServiceId,
    node::{Observation, PeerStatus, ProxyStatus, VipState},
    resource::{Key, MeshName, Origin, Resource, ZoneName},
    time::Wall,
};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Where a resource is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On global.
    Global,
    /// In this zone.
    Zone(ZoneName),
}

/// What is known.
#[derive(Clone, Debug)]
pub struct Ground {
    pub(super) source: Source,
    pub(super) held: Vec<(Place, Arc<Resource>)>,
    pub(super) running: Option<Running>,
}

/// Where it is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Files; what does not say whose it is, and zones write, is this zone's.
    Files(ZoneName),
    /// The control plane of a zone: what that holds of others is all that is known of them.
    Zone(ZoneName),
    /// A global.
    Global,
}

/// What only somebody who runs knows.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// In a zone: who is connected.
    pub(super) proxies: BTreeMap<Key, ProxyStatus>,
    pub(super) peers: BTreeMap<ZoneName, PeerStatus>,
    /// In a zone: the addresses that it has given.
    pub(super) vips: BTreeMap<ServiceId, VipState>,
    /// In a zone: which service a name leads to. `None`: it is to be found out.
    pub(super) names: Option<BTreeMap<MeshName, BTreeMap<String, ServiceId>>>,
    /// What time it is.
    pub(super) now: Wall,
}

impl Ground {
    /// Of resources as users write them, of one zone or of several. `here`: the zone of those that do not say whose they are and are no global's.
    pub fn of_files(here: &ZoneName, resources: impl IntoIterator<Item = Arc<Resource>>) -> Self {
        let held: Vec<_> = resources.into_iter().map(|resource| (home(&resource, Some(here)), resource)).collect();
        Self { source: Source::Files(here.clone()), held: foreseen(held), running: None }
    }

    /// Of a zone that runs.
    pub fn of_zone(zone: &ZoneName, shown: &Observation, now: Wall) -> Self {
        let held = shown.view.resources.values().map(|resource| (home(resource, Some(zone)), Arc::clone(resource))).collect();
        let running = Running {
            proxies: shown.proxies.clone(),
            peers: shown.peers.clone(),
            vips: shown.view.vips.clone(),
            names: Some(shown.view.names.clone()),
            now,
        };
        Self { source: Source::Zone(zone.clone()), held, running: Some(running) }
    }

    /// Of a global that runs: it knows of all zones what they tell it.
    pub fn of_global(shown: &Observation, now: Wall) -> Self {
        let held = shown.view.resources.values().map(|resource| (home(resource, None), Arc::clone(resource))).collect();
        let (proxies, vips) = Default::default();
        let running = Running { proxies, peers: shown.peers.clone(), vips, names: None, now };
        Self { source: Source::Global, held, running: Some(running) }
    }

    /// The same with one more resource of a zone.
    pub(super) fn with(&self, zone: &ZoneName, more: Resource) -> Self {
        let mut ground = self.clone();
        ground.held.push((Place::Zone(zone.clone()), Arc::new(more)));
        if let Some(running) = &mut ground.running {
            running.names = None;
        }
        ground
    }

    /// The zones of which proxies are known.
    pub(super) fn zones(&self) -> impl Iterator<Item = &ZoneName> {
        let zones: std::collections::BTreeSet<&ZoneName> = self
            .held
            .iter()
            .filter(|(_, resource)| resource.kind().as_str() == "Dataplane")
            .filter_map(|(place, _)| if let Place::Zone(zone) = place { Some(zone) } else { None })
            .collect();
        zones.into_iter()
    }
}

/// Where a resource was written. `here`: the zone in which that is asked, if it is one.
fn home(resource: &Resource, here: Option<&ZoneName>) -> Place {
    if let Some(zone) = resource.zone() {
        return Place::Zone(zone);
    }
    let is_globals = resource.origin() != Some(Origin::Zone) && resource.kind().facts().is_none_or(|facts| facts.down || !facts.up);
    match here {
        Some(zone) if !is_globals => Place::Zone(zone.clone()),
        _ => Place::Global,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Zone(zone) => write!(f, "zone {zone}"),
        }
    }
}
