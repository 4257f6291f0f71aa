//! S10, of proxies: whenever a proxy is told something, and once it has taken it all, what it was told by then is the plan of one state that its zone makes
//! visible: of no batch half, and nothing of a state before.
//!
//! S10, of zones: after every batch that a zone stores, its copies are what global held for it at the position that the zone then has, whole: no half
//! transfer, nothing of an earlier revision left over. Less what is shown as rejected.
//!
//! Judged by what the batches write, so that every prefix of them, which is what a crash may leave, is one revision. Not judged under a
//! plain Kuma, where each kind stands alone.
use super::{Broken, Invariant};
use crate::event::{DiskProvenance, Event, NodeId, What};
use crate::features::Feature;
use crate::oracle::{
    readings::{Reading, Readings},
    revisions::Revisions,
    sameness::same,
    told::{Mixed, Told},
    truth::{Happened, Truth},
    turns::Turn,
};
use crate::world::Setup;
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Batch, Durable, StoreKey,
    node::{ObservationChange, Rejection},
    resource::{Key, WireKey, ZoneName},
    sync::{Dialect, Lane, Position},
};

/// S10.
#[derive(Debug, Default)]
pub(super) struct AtomicView {
    revisions: Revisions,
    /// What the zones that are ours would hold if all that they submitted was stored.
    zones: BTreeMap<NodeId, Copies>,
    /// What global shows as rejected by a zone.
    shown: BTreeMap<ZoneName, BTreeSet<WireKey>>,
    /// What proxies have been told, by the control plane of their zone.
    told: BTreeMap<NodeId, Told>,
}

#[derive(Debug, Default)]
struct Copies {
    held: BTreeMap<WireKey, Arc<Reading>>,
    /// Which copy a record is.
    records: BTreeMap<StoreKey, WireKey>,
    floor: Option<Position>,
    rejected: BTreeSet<WireKey>,
    /// Where it was last seen to be right.
    right_at: Option<Position>,
}

impl AtomicView {
    pub(super) fn new(setup: &Setup) -> Self {
        let zones = setup.proxies.keys().chain(&setup.ingresses).map(|proxy| &proxy.zone).chain(setup.clusters.keys());
        let zones = zones.map(|zone| NodeId::Zone(zone.clone()));
        Self { told: zones.map(|zone| (zone, Told::default())).collect(), ..Self::default() }
    }

    fn of_global(&mut self, Happened { event, turns, .. }: &Happened<'_>, readings: &Readings) {
        if let What::Started { durable, disk, observation, .. } = &event.what {
            self.revisions.started(durable, *disk == DiskProvenance::Own, readings);
            self.shown.clear();
            for (zone, peer) in &observation.peers {
                let down = peer.rejected.iter().filter(|(_, rejection)| rejection.lane == Lane::Down);
                self.shown.insert(zone.clone(), down.map(|(key, _)| key.clone()).collect());
            }
        }
        for batch in event.batches() {
            self.revisions.submitted(batch, readings);
        }
        for turn in turns {
            if let Turn::Observed(ObservationChange::Rejected { zone, key, rejection }) = turn {
                let shown = self.shown.entry(zone.clone()).or_default();
                match rejection {
                    Some(Rejection { lane: Lane::Down, .. }) => _ = shown.insert(key.clone()),
                    _ => _ = shown.remove(key),
                }
            }
        }
    }

    fn of_zone(&mut self, zone: &ZoneName, event: &Event, truth: &Truth) -> Result<(), String> {
        let (readings, lacks) = (truth.disks.readings(), truth.lacks(&event.node));
        if let What::Started { durable, .. } = &event.what {
            self.zones.insert(event.node.clone(), Copies::read(durable, readings));
            self.judge(&event.node, zone, BTreeSet::new(), &lacks, "what is on its disk")?;
        }
        for batch in event.batches() {
            let touched = self.zones.entry(event.node.clone()).or_default().apply(batch, readings);
            if let Some(touched) = touched {
                self.judge(&event.node, zone, touched, &lacks, &format!("batch {}", batch.lsn.0))?;
            }
        }
        Ok(())
    }

    fn judge(
        &mut self,
        node: &NodeId,
        zone: &ZoneName,
        touched: BTreeSet<WireKey>,
        lacks: &BTreeSet<Feature>,
        by: &str,
    ) -> Result<(), String> {
        let Some(copies) = self.zones.get_mut(node) else {
            return Ok(());
        };
        let Some(floor) = copies.floor.filter(|floor| self.revisions.knows(*floor)) else {
            // It holds nothing of a revision, or one of a history that is not global's now.
            copies.right_at = None;
            return Ok(());
        };
        let before = copies.right_at.filter(|before| self.revisions.knows(*before));
        let names = match before.and_then(|before| self.revisions.touched(before, floor)) {
            Some(changed) => changed.into_iter().chain(touched).collect(),
            None => self.revisions.names().chain(copies.held.keys()).cloned().collect::<BTreeSet<WireKey>>(),
        };
        let shown = self.shown.get(zone);
        for name in names.iter().filter(|name| !copies.rejected.contains(*name) && shown.is_none_or(|shown| !shown.contains(*name))) {
            let meant = self.revisions.meant_for(zone, name, floor);
            if !lacks.is_empty() && meant.is_some_and(|meant| !Feature::needed_for(meant).is_disjoint(lacks)) {
                // Whether it is to have that depends on what its process says, not on a revision.
                continue;
            }
            let wrong = match (meant, copies.held.get(name)) {
                (Some(meant), Some(held)) if !same(meant, &held.resource) => "holds another version of",
                (Some(_), None) => "lacks",
                (None, Some(_)) => "still holds",
                _ => continue,
            };
            return Err(format!("by {by}, zone {node} is at global's revision {floor}, but {wrong} {name}"));
        }
        copies.right_at = Some(floor);
        Ok(())
    }
}

impl Copies {
    fn read(durable: &Durable, readings: &Readings) -> Self {
        let mut copies = Self::default();
        for (key, bytes) in durable {
            copies.put(key, bytes, readings);
        }
        copies
    }

    /// Applies a batch. Says which copies it touched; `None`: neither a copy nor the position.
    fn apply(&mut self, batch: &Batch, readings: &Readings) -> Option<BTreeSet<WireKey>> {
        let (mut touched, mut moved) = (BTreeSet::new(), false);
        for key in &batch.delete {
            match key.0.as_str() {
                "floor/down" => (self.floor, moved) = (None, true),
                "meta/rejected" => self.rejected.clear(),
                _ => {
                    if let Some(name) = self.records.remove(key) {
                        self.held.remove(&name);
                        touched.insert(name);
                    }
                }
            }
        }
        for (key, bytes) in &batch.put {
            moved |= key.0 == "floor/down";
            touched.extend(self.put(key, bytes, readings));
        }
        (moved || !touched.is_empty()).then_some(touched)
    }

    fn put(&mut self, key: &StoreKey, bytes: &[u8], readings: &Readings) -> Option<WireKey> {
        match key.0.as_str() {
            "floor/down" => self.floor = read(bytes),
            "meta/rejected" => {
                self.rejected = read::<Vec<(Key, String)>>(bytes).into_iter().flatten().map(|(key, _)| key).collect();
            }
            name if name.starts_with("synced/") => {
                let reading = readings.recall(bytes)?;
                let name = reading.resource.key.clone();
                self.records.insert(key.clone(), name.clone());
                self.held.insert(name.clone(), reading);
                return Some(name);
            }
            _ => {}
        }
        None
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

impl Invariant for AtomicView {
    fn id(&self) -> &'static str {
        "S10"
    }

    fn slug(&self) -> &'static str {
        "atomic-view"
    }

    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let event = happened.event;
        let is_ours = |node: &NodeId| truth.owners.dialect(node) == Dialect::Strait;
        if let Some(zone) = event.node.zone().filter(|_| is_ours(&event.node))
            && let Some(mixed) = self.told.get_mut(&event.node).and_then(|told| told.follow(zone, event))
        {
            let Mixed { proxy, part, how } = mixed;
            return Err(Broken::at(event, format!("{proxy} {how}, of its plan as {zone} is now: {part:?}")));
        }
        if !is_ours(&NodeId::Global) {
            return Ok(());
        }
        match event.node.zone() {
            None => {
                self.of_global(happened, truth.disks.readings());
                Ok(())
            }
            Some(zone) if is_ours(&event.node) => self.of_zone(zone, event, truth).map_err(|what| Broken::at(event, what)),
            Some(_) => Ok(()),
        }
    }
}
