//! Global's history, revision by revision, as its batches write it: what it held at each position, and for whom that was.
use super::{
    audience,
    entitlement::Rules,
    readings::{Reading, Readings},
    wire,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};
use strait_core::{
    Batch, Durable, StoreKey,
    resource::{Resource, WireKey, ZoneName},
    sync::{Epoch, Lineage, Position},
};

/// Global's history, as far back as its store was seen to write it.
#[derive(Debug, Default)]
pub(crate) struct Revisions {
    /// The versions of each record, ascending by the sequence that wrote them.
    versions: BTreeMap<StoreKey, Vec<Version>>,
    /// Which records ever had a name on the wire.
    bearers: BTreeMap<WireKey, BTreeSet<StoreKey>>,
    /// Which names on the wire a sequence touched.
    touched: BTreeMap<u64, BTreeSet<WireKey>>,
    /// What was said about who holds what, since which sequence.
    rules: BTreeMap<u64, Rules>,
    /// Under which epoch a sequence was written.
    positions: BTreeMap<u64, Epoch>,
}

#[derive(Debug)]
struct Version {
    since: u64,
    held: Option<Held>,
}

/// A resource as it is held, and as it looks on the wire.
#[derive(Debug)]
struct Held {
    read: Arc<Reading>,
    sent: Resource,
}

impl Revisions {
    /// Global's process began with this on its disk. `is_own`: what it had written itself, of which the last may be lost.
    pub(crate) fn started(&mut self, durable: &Durable, is_own: bool, readings: &Readings) {
        let lineage = StoreKey("meta/lineage".to_owned());
        let head = durable.get(&lineage).and_then(|bytes| read::<Lineage>(bytes)).map(|lineage| lineage.head());
        if is_own && let Some(head) = head.filter(|head| self.knows(*head)) {
            return self.forget_after(head.seq);
        }
        *self = Self::default();
        let Some(head) = head else {
            return;
        };
        let own = durable.iter().filter(|(key, _)| key.0.starts_with("own/"));
        self.write(head, own.map(|(key, bytes)| (key.clone(), readings.recall(bytes))).collect());
    }

    /// Global submitted a batch.
    pub(crate) fn submitted(&mut self, batch: &Batch, readings: &Readings) {
        let head = batch.put.iter().find(|(key, _)| key.0 == "meta/lineage").and_then(|(_, bytes)| read::<Lineage>(bytes));
        let Some(head) = head.map(|lineage| lineage.head()) else {
            return;
        };
        let is_own = |key: &&StoreKey| key.0.starts_with("own/");
        let gone = batch.delete.iter().filter(is_own).map(|key| (key.clone(), None));
        let put = batch.put.iter().filter(|(key, _)| is_own(&key));
        let put = put.map(|(key, bytes)| (key.clone(), readings.recall(bytes)));
        self.write(head, gone.chain(put).collect());
    }

    fn write(&mut self, head: Position, records: Vec<(StoreKey, Option<Arc<Reading>>)>) {
        self.positions.entry(head.seq).or_insert(head.epoch);
        let mut rules_changed = self.rules.is_empty();
        for (key, read) in records {
            rules_changed |= key.0.starts_with("own/MeshZones/") || key.0.starts_with("own/Zone/");
            let versions = self.versions.entry(key.clone()).or_default();
            let touched = self.touched.entry(head.seq).or_default();
            touched.extend(versions.last().and_then(|last| last.held.as_ref()).map(|held| held.sent.key.clone()));
            let held = read.map(|read| Held { sent: wire::down(&read.resource), read });
            if let Some(held) = &held {
                touched.insert(held.sent.key.clone());
                self.bearers.entry(held.sent.key.clone()).or_default().insert(key);
            }
            versions.push(Version { since: head.seq, held });
        }
        if rules_changed {
            let now = self.versions.values().filter_map(|versions| versions.last()?.held.as_ref()).map(|held| &held.read.resource);
            self.rules.insert(head.seq, Rules::of(now));
        }
    }

    fn forget_after(&mut self, seq: u64) {
        for versions in self.versions.values_mut() {
            versions.retain(|version| version.since <= seq);
        }
        self.touched.retain(|since, _| *since <= seq);
        self.rules.retain(|since, _| *since <= seq);
        self.positions.retain(|since, _| *since <= seq);
    }

    // ---- what is asked -------------------------------------------------------------------------

    /// Whether this position is of this history, and what was held there is known.
    pub(crate) fn knows(&self, position: Position) -> bool {
        self.positions.get(&position.seq) == Some(&position.epoch)
    }

    /// The names on the wire that were touched after one position up to another; `None`: it was also said anew who holds what.
    pub(crate) fn touched(&self, after: Position, upto: Position) -> Option<BTreeSet<WireKey>> {
        let range = (Bound::Excluded(after.seq), Bound::Included(upto.seq));
        if after.seq > upto.seq || (after.seq < upto.seq && self.rules.range(range).next().is_some()) {
            return None;
        }
        if after.seq == upto.seq {
            return Some(BTreeSet::new());
        }
        Some(self.touched.range(range).flat_map(|(_, touched)| touched).cloned().collect())
    }

    /// All names on the wire that there ever were.
    pub(crate) fn names(&self) -> impl Iterator<Item = &WireKey> {
        self.bearers.keys()
    }

    /// What a zone must hold under this name at that position, as it looks on the wire.
    pub(crate) fn meant_for(&self, zone: &ZoneName, name: &WireKey, at: Position) -> Option<&Resource> {
        let rules = self.rules.range(..=at.seq).next_back().map(|(_, rules)| rules);
        let bearers = self.bearers.get(name).into_iter().flatten().filter_map(|key| self.versions.get(key));
        let mut held = bearers.filter_map(|versions| versions.iter().rev().find(|version| version.since <= at.seq)?.held.as_ref());
        let is_meant = |held: &&Held| {
            held.sent.key == *name
                && audience::is_for(&held.read.resource, zone)
                && rules.is_none_or(|rules| rules.closes(&held.read.resource, zone).is_none())
        };
        held.find(is_meant).map(|held| &held.sent)
    }
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
