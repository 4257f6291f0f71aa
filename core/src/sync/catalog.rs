//! A store's own history: its resources, what went, and in which order all that happened.
//!
//! Indexed by sequence, so that what changed since a position is found without looking at what did not.
mod news;

pub(crate) use news::News;

use super::{
    Epoch, Lane, Lineage, Position, Standing, approximate_size,
    entitlement::{self, Entitlement},
    filter, naming,
    tombstones::{Gone, Tombstones},
};
use crate::{
    machine::{Durable, RecoverError},
    records::{self, Space, Writes},
    resource::{Key, Kind, Labels, MeshName, Resource, WireKey, ZoneName, labels},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

/// The resources of one store's own history.
#[derive(Debug)]
pub(crate) struct Catalog {
    lane: Lane,
    lineage: Lineage,
    entries: BTreeMap<Key, Entry>,
    /// Which resource has a name on the wire.
    named: BTreeMap<WireKey, Key>,
    gone: Tombstones,
    order: Order,
    /// What a zone announced, on global.
    by_zone: BTreeMap<ZoneName, BTreeSet<Key>>,
    /// What belongs to a mesh, on global; the mesh itself among it.
    by_mesh: BTreeMap<MeshName, BTreeSet<Key>>,
    entitlement: Entitlement,
    kinds: BTreeSet<Kind>,
    /// On global: the kinds of which it ever held something for zones.
    offered: BTreeSet<Kind>,
}

/// One resource, and how it looks on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) resource: Arc<Resource>,
    pub(crate) sent_as: Arc<Resource>,
    pub(crate) size: usize,
    seq: u64,
    /// On global: another zone than its own may hold it from earlier, when it was for some zone.
    crossed: bool,
}

/// What stands at one sequence number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Entry(Key),
    Gone(WireKey),
}

/// What became different since a position, or everything.
#[derive(Debug)]
enum Changed<'a> {
    Entry(&'a Entry),
    Gone(&'a WireKey, &'a Gone),
}

/// One write into the history.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Put(Arc<Resource>),
    Delete(Key),
}

#[derive(Serialize, Deserialize)]
struct Record<R> {
    seq: u64,
    resource: R,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    crossed: bool,
}

impl Catalog {
    /// The catalog of a store that begins now.
    pub(crate) fn born(lane: Lane, epoch: Epoch) -> Self {
        Self {
            lane,
            lineage: Lineage::born(epoch),
            entries: BTreeMap::new(),
            named: BTreeMap::new(),
            gone: Tombstones::default(),
            order: BTreeMap::new(),
            by_zone: BTreeMap::new(),
            by_mesh: BTreeMap::new(),
            entitlement: Entitlement::default(),
            kinds: BTreeSet::new(),
            offered: BTreeSet::new(),
        }
    }

    /// Reads a catalog back and appends this start. A store without a lineage begins now.
    pub(crate) fn recover(lane: Lane, epoch: Epoch, durable: &Durable, writes: &mut Writes) -> Result<Self, RecoverError> {
        let mut catalog = Self::born(lane, epoch);
        match records::read::<Lineage>(durable, &records::lineage())? {
            Some(lineage) => {
                catalog.lineage = lineage;
                catalog.lineage.start(epoch);
            }
            None if !durable.is_empty() => {
                return Err(records::unreadable(&records::lineage(), "it is missing, and yet the store is not empty".to_owned()));
            }
            None => {}
        }
        catalog.kinds = records::read(durable, &records::kinds())?.unwrap_or_default();
        catalog.offered = records::read(durable, &records::offered())?.unwrap_or_default();
        for (key, record) in records::read_space::<Record<Resource>>(durable, Space::Own)? {
            if record.resource.key != key {
                return Err(records::unreadable(&Space::Own.key(&key), format!("it holds {}", record.resource.key)));
            }
            let sent_as = catalog.sent_as(&record.resource);
            catalog.insert(Arc::new(record.resource), sent_as, record.seq, record.crossed);
        }
        catalog.gone = Tombstones::recover(durable)?;
        for (wire, gone) in catalog.gone.iter() {
            remember(&mut catalog.order, &wire.kind, gone.seq, Slot::Gone(wire.clone()));
        }
        catalog.entitlement.recover_turns(durable)?;
        writes.put(records::lineage(), &catalog.lineage);
        Ok(catalog)
    }

    pub(crate) fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    pub(crate) fn head(&self) -> Position {
        self.lineage.head()
    }

    /// A zone may hold something of this history from now on.
    pub(crate) fn know(&mut self, zone: &ZoneName) {
        self.entitlement.know(zone);
    }

    /// Gives up the stretch of history that ends at `held`.
    pub(crate) fn abandon(&mut self, held: Position, writes: &mut Writes) {
        self.lineage.abandon(held);
        writes.put(records::lineage(), &self.lineage);
    }

    /// This history goes on from another one, of a store that was lost: all that is held is as of now. Whoever holds something of that one is told
    /// everything, since it is not known what went.
    pub(crate) fn go_on_from(&mut self, before: Lineage, epoch: Epoch, writes: &mut Writes) {
        self.lineage = before;
        self.lineage.start(epoch);
        let seq = self.lineage.advance().seq;
        self.gone.forget_all(seq, writes);
        self.order.clear();
        for (key, entry) in &mut self.entries {
            entry.seq = seq;
            remember(&mut self.order, &key.kind, seq, Slot::Entry(key.clone()));
            writes.put(Space::Own.key(key), &Record { seq, resource: &entry.resource, crossed: entry.crossed });
        }
        writes.put(records::lineage(), &self.lineage);
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.entries.get(key).map(|entry| &entry.resource)
    }

    /// Its name on the wire, and since when receivers are to hold it as it is now.
    pub(crate) fn sent(&self, key: &Key) -> Option<(&WireKey, u64)> {
        self.entries.get(key).map(|entry| (&entry.sent_as.key, entry.seq))
    }

    /// The resource that has this name on the wire.
    pub(crate) fn named(&self, wire: &WireKey) -> Option<&Key> {
        self.named.get(wire)
    }

    pub(crate) fn entry_named(&self, wire: &WireKey) -> Option<&Entry> {
        self.named.get(wire).and_then(|key| self.entries.get(key))
    }

    /// All resources of one kind.
    pub(crate) fn of_kind(&self, kind: &Kind) -> impl Iterator<Item = &Arc<Resource>> {
        self.changed_since_of(kind, None)
            .filter_map(|changed| if let Changed::Entry(entry) = changed { Some(&entry.resource) } else { None })
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.entries.values().map(|entry| &entry.resource)
    }

    /// What a zone announced, of one kind or of all.
    pub(crate) fn announced_by<'a>(&'a self, zone: &ZoneName, kind: Option<&'a Kind>) -> impl Iterator<Item = &'a Key> {
        self.by_zone.get(zone).into_iter().flatten().filter(move |key| kind.is_none_or(|kind| key.kind == *kind))
    }

    /// Every kind ever held here.
    pub(crate) fn kinds(&self) -> &BTreeSet<Kind> {
        &self.kinds
    }

    /// The kinds of which something for zones was ever held here. What a zone announced and keeps to itself does not count.
    pub(crate) fn offered(&self) -> &BTreeSet<Kind> {
        &self.offered
    }

    /// Writes into the history as one position. What changes nothing is left out; if nothing remains, the head stays.
    /// Returns what really changed.
    pub(crate) fn commit(&mut self, wanted: Vec<Write>, writes: &mut Writes) -> Vec<Write> {
        let changes: Vec<Write> = wanted.into_iter().filter(|write| self.would_change(write)).collect();
        if changes.is_empty() {
            return changes;
        }
        let seq = self.lineage.advance().seq;
        let (kinds_before, offered_before) = (self.kinds.len(), self.offered.len());
        let before = self.entitlement.before(changes.iter().map(Write::key));
        for change in &changes {
            match change {
                Write::Put(resource) => self.put(resource, seq, writes),
                Write::Delete(key) => self.delete(key, seq, writes),
            }
        }
        self.entitlement.turn(before, seq, writes);
        writes.put(records::lineage(), &self.lineage);
        if self.kinds.len() != kinds_before {
            writes.put(records::kinds(), &self.kinds);
        }
        if self.offered.len() != offered_before {
            writes.put(records::offered(), &self.offered);
        }
        changes
    }

    /// A position at which nothing is different, for something else that happened then.
    pub(crate) fn mark(&mut self, writes: &mut Writes) -> Position {
        let mark = self.lineage.advance();
        writes.put(records::lineage(), &self.lineage);
        mark
    }

    /// From where a receiver that holds `held` can be brought to the head by what changed since. `None`: it needs everything.
    pub(crate) fn delta_from(&self, held: Option<Position>) -> Option<Position> {
        held.filter(|held| self.lineage.standing(*held) == Standing::Contained && self.gone.reach_back_to(held.seq))
    }

    /// Whether all is known that went after `seq`.
    pub(crate) fn reaches_back_to(&self, seq: u64) -> bool {
        self.gone.reach_back_to(seq)
    }

    /// Forgets what went, if that is too much; `heard`: up to where every known receiver has heard of it. At least `least` are
    /// remembered.
    pub(crate) fn compact(&mut self, least: usize, heard: &dyn Fn() -> u64, writes: &mut Writes) {
        for (wire, gone) in self.gone.forget(self.entries.len(), least, heard, writes) {
            forget(&mut self.order, &wire.kind, gone.seq, &Slot::Gone(wire.clone()));
        }
    }

    /// The sequence of the last change of a kind that is remembered.
    pub(crate) fn last_change_of(&self, kind: &Kind) -> Option<u64> {
        self.order.get(kind)?.last_key_value().map(|(seq, _)| *seq)
    }

    /// Whether it was decided anew after `seq` which zones hold what.
    pub(crate) fn decides_anew_since(&self, seq: u64) -> bool {
        let last = |decides: &&str| self.last_change_of(&Kind::new(decides).ok()?);
        entitlement::DECIDE.iter().filter_map(last).any(|last| last > seq)
    }

    /// What changed after `seq` of one kind (`None`: everything there is, and nothing that went).
    fn changed_since_of(&self, kind: &Kind, seq: Option<u64>) -> impl Iterator<Item = Changed<'_>> {
        self.order.get(kind).into_iter().flat_map(move |slots| self.slots_since(slots, seq))
    }

    fn slots_since<'a>(&'a self, slots: &'a BTreeMap<u64, BTreeSet<Slot>>, seq: Option<u64>) -> impl Iterator<Item = Changed<'a>> {
        let after = seq.map_or(Bound::Unbounded, Bound::Excluded);
        slots.range((after, Bound::Unbounded)).flat_map(|(_, slots)| slots).filter_map(move |slot| match slot {
            Slot::Entry(key) => self.entries.get(key).map(Changed::Entry),
            Slot::Gone(wire) => self.gone.get(wire).filter(|_| seq.is_some()).map(|gone| Changed::Gone(wire, gone)),
        })
    }

    fn travels(&self, kind: &Kind) -> bool {
        match self.lane {
            Lane::Down => kind.travels_down(),
            Lane::Up => kind.travels_up(),
        }
    }

    fn would_change(&self, write: &Write) -> bool {
        match write {
            Write::Put(resource) => self.get(&resource.key).is_none_or(|held| held != resource),
            Write::Delete(key) => self.entries.contains_key(key),
        }
    }

    fn put(&mut self, resource: &Arc<Resource>, seq: u64, writes: &mut Writes) {
        let (mut seq, sent_as, mut crossed) = (seq, self.sent_as(resource), false);
        if let Some(before) = self.remove(&resource.key) {
            crossed = before.crossed || (self.is_a_zones(&before.resource) && filter::is_for_some_zone(&before.resource));
            if before.sent_as.key != sent_as.key {
                // Its name on the wire changed with its labels: receivers must drop the old name.
                self.remember_gone(&before, seq, writes);
            } else if *before.sent_as == sent_as && before.resource.labels == resource.labels {
                // Receivers hold it as it is now: what changed of it does not travel, so that to them nothing changed since.
                seq = before.seq;
            }
        }
        if let Some(buried) = self.gone.unbury(&sent_as.key) {
            writes.delete(Space::Gone.key(&sent_as.key));
            forget(&mut self.order, &sent_as.key.kind, buried.seq, &Slot::Gone(sent_as.key.clone()));
            crossed |= self.is_a_zones(resource);
        }
        self.insert(Arc::clone(resource), sent_as, seq, crossed);
        writes.put(Space::Own.key(&resource.key), &Record { seq, resource, crossed });
    }

    fn delete(&mut self, key: &Key, seq: u64, writes: &mut Writes) {
        let Some(before) = self.remove(key) else {
            return;
        };
        writes.delete(Space::Own.key(key));
        self.remember_gone(&before, seq, writes);
    }

    fn remember_gone(&mut self, before: &Entry, seq: u64, writes: &mut Writes) {
        if !self.may_be_held(before) {
            return;
        }
        let wire = before.sent_as.key.clone();
        let gone = Gone { seq, home: announced_by(&before.resource) };
        writes.put(Space::Gone.key(&wire), &gone);
        remember(&mut self.order, &wire.kind, seq, Slot::Gone(wire.clone()));
        if let Some(before) = self.gone.bury(wire.clone(), gone) {
            forget(&mut self.order, &wire.kind, before.seq, &Slot::Gone(wire.clone()));
        }
    }

    /// Whether a zone made this, on global.
    fn is_a_zones(&self, resource: &Resource) -> bool {
        self.lane == Lane::Down && announced_by(resource).is_some()
    }

    /// Whether a receiver of this lane may hold a copy, from now or from before: what stays with the zone that made it is nobody else's.
    fn may_be_held(&self, entry: &Entry) -> bool {
        !self.is_a_zones(&entry.resource) || entry.crossed || filter::is_for_some_zone(&entry.resource)
    }

    /// How it looks on the wire.
    fn sent_as(&self, resource: &Resource) -> Resource {
        match (self.lane, zone_label(&resource.labels)) {
            (Lane::Up, Some(zone)) => naming::on_the_way_up(&zone, resource),
            (Lane::Up | Lane::Down, _) => naming::on_the_way_down(resource),
        }
    }

    fn insert(&mut self, resource: Arc<Resource>, sent_as: Resource, seq: u64, crossed: bool) {
        let sent_as = Arc::new(sent_as);
        let key = resource.key.clone();
        self.kinds.insert(key.kind.clone());
        if self.lane == Lane::Down && filter::is_for_some_zone(&resource) {
            self.offered.insert(key.kind.clone());
        }
        self.named.insert(sent_as.key.clone(), key.clone());
        if self.lane == Lane::Down {
            if let Some(zone) = announced_by(&resource) {
                self.by_zone.entry(zone).or_default().insert(key.clone());
            }
            if let Some(mesh) = mesh_of(&key) {
                self.by_mesh.entry(mesh).or_default().insert(key.clone());
            }
            self.entitlement.put(&resource);
        }
        remember(&mut self.order, &key.kind, seq, Slot::Entry(key.clone()));
        let size = approximate_size(&sent_as);
        self.entries.insert(key, Entry { resource, sent_as, size, seq, crossed });
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        if self.named.get(&entry.sent_as.key) == Some(key) {
            self.named.remove(&entry.sent_as.key);
        }
        if let Some(zone) = announced_by(&entry.resource)
            && let Some(announced) = self.by_zone.get_mut(&zone)
        {
            announced.remove(key);
        }
        if let Some(mesh) = mesh_of(key)
            && let Some(members) = self.by_mesh.get_mut(&mesh)
        {
            members.remove(key);
            if members.is_empty() {
                self.by_mesh.remove(&mesh);
            }
        }
        self.entitlement.remove(key);
        forget(&mut self.order, &key.kind, entry.seq, &Slot::Entry(key.clone()));
        Some(entry)
    }
}

type Order = BTreeMap<Kind, BTreeMap<u64, BTreeSet<Slot>>>;

fn remember(order: &mut Order, kind: &Kind, seq: u64, slot: Slot) {
    order.entry(kind.clone()).or_default().entry(seq).or_default().insert(slot);
}

fn forget(order: &mut Order, kind: &Kind, seq: u64, slot: &Slot) {
    if let Some(slots) = order.get_mut(kind)
        && let Some(at) = slots.get_mut(&seq)
    {
        at.remove(slot);
        if at.is_empty() {
            slots.remove(&seq);
        }
    }
}

fn zone_label(labels: &Labels) -> Option<ZoneName> {
    labels.get(labels::ZONE).and_then(|zone| ZoneName::new(zone).ok())
}

/// The mesh that a resource belongs to, or is.
fn mesh_of(key: &Key) -> Option<MeshName> {
    match key.kind.as_str() {
        "Mesh" => MeshName::new(key.name.as_str()).ok(),
        _ => key.mesh.clone(),
    }
}

fn announced_by(resource: &Resource) -> Option<ZoneName> {
    (resource.origin() == Some(crate::resource::Origin::Zone)).then(|| resource.zone()).flatten()
}

impl Entry {
    /// The zone that made it, on global.
    pub(crate) fn home(&self) -> Option<ZoneName> {
        announced_by(&self.resource)
    }
}

impl Write {
    pub(crate) fn key(&self) -> &Key {
        match self {
            Self::Put(resource) => &resource.key,
            Self::Delete(key) => key,
        }
    }

    /// What there is after it.
    pub(crate) fn resource(&self) -> Option<&Arc<Resource>> {
        match self {
            Self::Put(resource) => Some(resource),
            Self::Delete(_) => None,
        }
    }
}
