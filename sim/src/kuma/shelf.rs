//! What a Kuma has in its database, and what it says about it once the transaction is through.
//!
//! Kuma writes to Postgres and waits, so nothing that depends on a write leaves before the write is durable.
use super::{filter, naming};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Durable, Emit, Lsn, Out, RecoverError, StoreKey,
    gate::Gate,
    node::{Observation, ObservationChange},
    resource::{Key, Kind, Origin, Resource, ZoneName},
    sync::Lane,
};

/// The database of one Kuma control plane.
#[derive(Debug)]
pub(super) struct Shelf<E> {
    side: Side,
    held: BTreeMap<Kind, BTreeMap<Key, Entry>>,
    gate: Gate<Waiting<E>>,
    observation: Observation,
}

/// Whose database it is.
#[derive(Clone, Debug)]
pub(super) enum Side {
    Global,
    Zone(ZoneName),
}

/// A resource, and how it looks on the wire, if it ever leaves.
#[derive(Debug)]
struct Entry {
    resource: Arc<Resource>,
    sent_as: Option<Arc<Resource>>,
}

#[derive(Debug)]
enum Waiting<E> {
    Effect(E),
    Observed(ObservationChange),
}

impl<E> Shelf<E> {
    /// Reads everything back.
    pub(super) fn open(side: Side, durable: &Durable, out: &mut Out<E>) -> Result<Self, RecoverError> {
        let mut shelf = Self { side, held: BTreeMap::new(), gate: Gate::new(), observation: Observation::new() };
        for (key, bytes) in durable.iter().filter(|(key, _)| key.0.starts_with("own/") || key.0.starts_with("synced/")) {
            let unreadable = |error: serde_json::Error| RecoverError { key: key.clone(), why: error.to_string() };
            let resource: Arc<Resource> = Arc::new(serde_json::from_slice(bytes).map_err(unreadable)?);
            shelf.insert(&resource);
            shelf.say(ObservationChange::Holds(resource), out);
        }
        Ok(shelf)
    }

    pub(super) fn observation(&self) -> &Observation {
        &self.observation
    }

    pub(super) fn of_kind(&self, kind: &Kind) -> impl Iterator<Item = &Arc<Resource>> {
        self.held.get(kind).into_iter().flat_map(BTreeMap::values).map(|entry| &entry.resource)
    }

    /// What of a kind may leave: as it is held, and as it looks on the wire.
    pub(super) fn sendable(&self, kind: &Kind) -> impl Iterator<Item = (&Arc<Resource>, &Arc<Resource>)> {
        let entries = self.held.get(kind).into_iter().flat_map(BTreeMap::values);
        entries.filter_map(|entry| entry.sent_as.as_ref().map(|sent| (&entry.resource, sent)))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.held.values().flat_map(BTreeMap::values).map(|entry| &entry.resource)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.held.get(&key.kind).and_then(|of_kind| of_kind.get(key)).map(|entry| &entry.resource)
    }

    /// One transaction. Returns the kinds of which something really changed.
    pub(super) fn write(&mut self, put: Vec<Arc<Resource>>, gone: Vec<Key>, out: &mut Out<E>) -> BTreeSet<Kind> {
        let (mut puts, mut deletes, mut changes) = (Vec::new(), BTreeSet::new(), Vec::new());
        for key in gone {
            if let Some(held) = self.held.get_mut(&key.kind).and_then(|of_kind| of_kind.remove(&key)) {
                deletes.insert(self.record(&held.resource));
                changes.push(ObservationChange::Dropped(key));
            }
        }
        for resource in put {
            let before = self.get(&resource.key).cloned();
            if before.as_ref() == Some(&resource) {
                continue;
            }
            let record = self.record(&resource);
            deletes.remove(&record);
            deletes.extend(before.map(|before| self.record(&before)).filter(|other| *other != record));
            puts.push((record, serde_json::to_vec(&resource).unwrap_or_default()));
            self.insert(&resource);
            changes.push(ObservationChange::Holds(resource));
        }
        self.gate.store(puts, deletes.into_iter().collect(), out);
        let touched = |change: &ObservationChange| match change {
            ObservationChange::Holds(resource) => Some(resource.kind().clone()),
            ObservationChange::Dropped(key) => Some(key.kind.clone()),
            _ => None,
        };
        let kinds = changes.iter().filter_map(touched).collect();
        for change in changes {
            self.say(change, out);
        }
        kinds
    }

    /// Does this after what was written is durable.
    pub(super) fn then(&mut self, effect: E, out: &mut Out<E>) {
        if let Some(Waiting::Effect(effect)) = self.gate.hold(Waiting::Effect(effect)) {
            out.push(Emit::Effect(effect));
        }
    }

    /// Makes this known after what was written is durable.
    pub(super) fn say(&mut self, change: ObservationChange, out: &mut Out<E>) {
        if let Some(Waiting::Observed(change)) = self.gate.hold(Waiting::Observed(change)) {
            self.observed(change, out);
        }
    }

    pub(super) fn stored(&mut self, upto: Lsn, out: &mut Out<E>) {
        for waiting in self.gate.open(upto) {
            match waiting {
                Waiting::Effect(effect) => out.push(Emit::Effect(effect)),
                Waiting::Observed(change) => self.observed(change, out),
            }
        }
    }

    fn insert(&mut self, resource: &Arc<Resource>) {
        let sent_as = match &self.side {
            Side::Global => Some(naming::for_zones(resource)),
            Side::Zone(zone) => filter::zone_sends(resource).then(|| naming::for_global(zone, resource)),
        };
        let entry = Entry { resource: Arc::clone(resource), sent_as };
        self.held.entry(resource.kind().clone()).or_default().insert(resource.key.clone(), entry);
    }

    fn observed(&mut self, change: ObservationChange, out: &mut Out<E>) {
        let provides = if matches!(self.side, Side::Global) { Lane::Down } else { Lane::Up };
        self.observation.apply(&change, provides);
        out.push(Emit::Observed(change));
    }

    /// Copies of what the other side made stand apart from what this side made.
    fn record(&self, resource: &Resource) -> StoreKey {
        let foreign = if matches!(self.side, Side::Global) { Origin::Zone } else { Origin::Global };
        let space = if resource.origin() == Some(foreign) { "synced" } else { "own" };
        let Key { kind, mesh, name } = &resource.key;
        StoreKey(format!("{space}/{kind}/{}/{name}", mesh.as_ref().map_or("-", |mesh| mesh.as_str())))
    }
}
