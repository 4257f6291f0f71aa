//! Copies of what global holds for this zone.
use crate::{
    machine::{Durable, RecoverError},
    records::{self, Space, Writes},
    resource::{Key, Kind, Origin, Resource, WireKey, labels, model, unfit},
    sync::{
        Position,
        catalog::{Catalog, Write},
        consumer::{Incoming, Receiver},
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Copies of global's resources, and up to where its history is held.
#[derive(Debug, Default)]
pub(super) struct Replica {
    resources: BTreeMap<Kind, BTreeMap<Key, Arc<Resource>>>,
    floor: Option<Position>,
    rejected: BTreeMap<WireKey, String>,
}

#[derive(Serialize, Deserialize)]
struct Record<R> {
    resource: R,
}

impl Replica {
    pub(super) fn recover(durable: &Durable) -> Result<Self, RecoverError> {
        let mut replica = Self { floor: records::read(durable, &records::floor_down())?, ..Self::default() };
        let rejected: Option<Vec<(WireKey, String)>> = records::read(durable, &records::rejected())?;
        replica.rejected = rejected.into_iter().flatten().collect();
        for (key, record) in records::read_space::<Record<Resource>>(durable, Space::Synced)? {
            if record.resource.key != key {
                return Err(records::unreadable(&Space::Synced.key(&key), format!("it holds {}", record.resource.key)));
            }
            replica.insert(Arc::new(record.resource));
        }
        Ok(replica)
    }

    pub(super) fn floor(&self) -> Option<Position> {
        self.floor
    }

    /// What was refused and is still waited for.
    pub(super) fn rejected(&self) -> &BTreeMap<WireKey, String> {
        &self.rejected
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values().flat_map(BTreeMap::values)
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.resources.iter().filter(|(_, of_kind)| !of_kind.is_empty()).map(|(kind, _)| kind)
    }

    pub(super) fn of_kind(&self, kind: &Kind) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.get(kind).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.resources.get(&key.kind).and_then(|of_kind| of_kind.get(key))
    }

    /// Applies what came, at once. Returns what really changed; equal state causes no write but that of the floor.
    pub(super) fn apply(&mut self, incoming: Incoming, writes: &mut Writes) -> Vec<Write> {
        let rejected_before = self.rejected.clone();
        let mut changes = Vec::new();
        for key in incoming.gone {
            self.rejected.remove(&key);
            if self.resources.get_mut(&key.kind).and_then(|of_kind| of_kind.remove(&key)).is_some() {
                writes.delete(Space::Synced.key(&key));
                changes.push(Write::Delete(key));
            }
        }
        for resource in incoming.put {
            self.rejected.remove(&resource.key);
            if self.get(&resource.key).is_some_and(|held| *held == resource) {
                continue;
            }
            writes.put(Space::Synced.key(&resource.key), &Record { resource: &resource });
            self.insert(Arc::clone(&resource));
            changes.push(Write::Put(resource));
        }
        if incoming.whole {
            self.rejected.clear();
        }
        self.rejected.extend(incoming.rejected);
        if self.rejected != rejected_before {
            writes.put(records::rejected(), &self.rejected.iter().collect::<Vec<_>>());
        }
        self.move_floor(incoming.floor, writes);
        changes
    }

    /// A plain Kuma says no position: then none is held, so that a Strait's deltas cannot be applied on top of something else.
    fn move_floor(&mut self, floor: Option<Position>, writes: &mut Writes) {
        if self.floor == floor {
            return;
        }
        self.floor = floor;
        match &self.floor {
            Some(floor) => writes.put(records::floor_down(), floor),
            None => writes.delete(records::floor_down()),
        }
    }

    fn insert(&mut self, resource: Arc<Resource>) {
        self.resources.entry(resource.kind().clone()).or_default().insert(resource.key.clone(), resource);
    }
}

/// What a zone takes from global.
pub(super) struct FromGlobal<'a> {
    pub(super) replica: &'a Replica,
    pub(super) own: &'a Catalog,
}

impl Receiver for FromGlobal<'_> {
    fn floor(&self) -> Option<Position> {
        self.replica.floor
    }

    fn copies(&self, kind: Option<&Kind>) -> Vec<Key> {
        match kind {
            Some(kind) => self.replica.of_kind(kind).map(|resource| resource.key.clone()).collect(),
            None => self.replica.resources().map(|resource| resource.key.clone()).collect(),
        }
    }

    fn refused(&self) -> &BTreeMap<WireKey, String> {
        &self.replica.rejected
    }

    fn admit(&self, resource: &Arc<Resource>) -> Result<Arc<Resource>, String> {
        if let Some(why) = resource.spec.undecodable_because() {
            return Err(format!("spec: {why}"));
        }
        if let Some((field, why)) = unfit(resource) {
            return Err(format!("{field}: {why}"));
        }
        if !resource.kind().travels_down() {
            return Err(format!("{} is written in a zone, not on global", resource.kind()));
        }
        let also_written_in_zones = resource.kind().facts().is_some_and(|facts| facts.up);
        if also_written_in_zones && resource.origin() != Some(Origin::Global) {
            return Err(format!("labels[\"{}\"]: must be `global` on what global sends", labels::ORIGIN));
        }
        if self.own.get(&resource.key).is_some() {
            return Err("the name is taken by a resource of this zone".to_owned());
        }
        if let Some((field, message)) = model::validate(resource).into_iter().next() {
            return Err(format!("{field}: {message}"));
        }
        // A status is owned by whoever holds the resource: what this zone has written stays.
        match self.replica.get(&resource.key).filter(|held| held.status != resource.status && held.status.is_some()) {
            Some(held) => Ok(Arc::new(Resource { status: held.status.clone(), ..resource.as_ref().clone() })),
            None => Ok(Arc::clone(resource)),
        }
    }
}
