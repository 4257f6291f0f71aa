//! What the disk of each node would give back at this moment.
//!
//! It is what the last start read, plus the batches submitted since that the disk has made safe, in order. Read one record at a
//! time, so that the cost follows the change; at each start it is compared with what recovery made of the same disk.
use super::fact::{Fact, Print, address};
use crate::{
    event::{DiskProvenance, Event, NodeId, What},
    world::Setup,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use strait_core::{
    Batch, Durable, Lsn, StoreKey,
    node::Observation,
    resource::{Kind, ZoneName},
    sync::{Dialect, Lineage, Position},
};

/// The disks of all nodes that are ours. Kuma's say nothing that is judged.
#[derive(Debug)]
pub(super) struct Disks {
    ours: BTreeSet<NodeId>,
    whole: bool,
    disks: BTreeMap<NodeId, Disk>,
}

/// What one disk would give back.
#[derive(Debug, Default)]
pub(super) struct Disk {
    image: Image,
    /// Not safe yet.
    pending: VecDeque<(Lsn, Vec<Fact>)>,
    submitted: Lsn,
}

/// The records of a disk, as far as they are judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    /// The history of this store.
    pub(super) lineage: Option<Lineage>,
    /// Up to where the other end's history is held, by zone (in a zone: its own name).
    pub(super) floors: BTreeMap<ZoneName, Position>,
    /// The kinds ever held here.
    pub(super) kinds: BTreeSet<Kind>,
    resources: BTreeMap<StoreKey, Print>,
}

/// Something became different on a disk.
#[derive(Debug)]
pub(super) struct Became {
    /// By which batch; 0 where a start shows it.
    pub(super) lsn: Lsn,
    /// What.
    pub(super) what: Difference,
}

/// What became different on a disk.
#[derive(Debug)]
pub(super) enum Difference {
    /// The history of this store.
    Lineage {
        /// The head before.
        before: Option<Position>,
        /// The history now.
        lineage: Lineage,
    },
    /// Up to where the other end's history is held.
    Floor {
        /// On the lane to or from which zone.
        zone: ZoneName,
        /// Before.
        before: Option<Position>,
        /// Now.
        after: Option<Position>,
    },
    /// The kinds ever held here.
    Kinds,
    /// A resource is on the disk in this version, or is not.
    Resource {
        /// `KIND/MESH/NAME`.
        address: String,
        /// Its version.
        print: Option<Print>,
    },
}

/// What one event did to the disk of its node.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The process began with what is on the disk now.
    pub(super) began: bool,
    /// The disk is another one than before.
    pub(super) replaced: bool,
    /// What became different, in order. Not what came with another disk.
    pub(super) became: Vec<Became>,
    /// What does not fit together.
    pub(super) wrong: Option<String>,
}

impl Disks {
    /// The disks of a world, without resources.
    pub(super) fn positions(setup: &Setup) -> Self {
        let zones = setup.zones.iter().map(|(zone, dialect)| (NodeId::Zone(zone.clone()), *dialect));
        let all = std::iter::once((NodeId::Global, setup.global)).chain(zones);
        let ours = all.filter(|(_, dialect)| *dialect == Dialect::Strait).map(|(node, _)| node).collect();
        Self { ours, whole: false, disks: BTreeMap::new() }
    }

    /// The disks of a world, with resources.
    pub(super) fn whole(setup: &Setup) -> Self {
        Self { whole: true, ..Self::positions(setup) }
    }

    /// Whether a node is ours.
    pub(super) fn is_ours(&self, node: &NodeId) -> bool {
        self.ours.contains(node)
    }

    /// What the disk of a node would give back. `None`: it was never started, or is not ours.
    pub(super) fn image(&self, node: &NodeId) -> Option<&Image> {
        self.disks.get(node).map(|disk| &disk.image)
    }

    /// The last batch that the process of a node has submitted.
    pub(super) fn submitted(&self, node: &NodeId) -> Lsn {
        self.disks.get(node).map_or(Lsn(0), |disk| disk.submitted)
    }

    /// Follows one event.
    pub(super) fn see(&mut self, event: &Event) -> Seen {
        let mut seen = Seen::default();
        if !self.ours.contains(&event.node) {
            return seen;
        }
        let known = self.disks.contains_key(&event.node);
        let disk = self.disks.entry(event.node.clone()).or_default();
        if let What::Started { durable, observation, disk: provenance, .. } = &event.what {
            seen.began = true;
            seen.replaced = *provenance != DiskProvenance::Own;
            let found = match Image::read(&event.node, durable, self.whole) {
                Ok(found) => found,
                Err(why) => return Seen { wrong: Some(why), ..seen },
            };
            if known && !seen.replaced {
                seen.became = disk.image.differences(&found);
                seen.wrong = (!seen.became.is_empty())
                    .then(|| format!("the disk gave back something else than it had made safe: {:?}", seen.became));
            }
            seen.wrong = seen.wrong.or_else(|| self.whole.then(|| found.misread(&event.node, observation)).flatten());
            *disk = Disk { image: found, ..Disk::default() };
        }
        for batch in event.batches() {
            match facts(&event.node, batch, self.whole) {
                Ok(facts) => disk.pending.push_back((batch.lsn, facts)),
                Err(why) => seen.wrong = Some(why),
            }
            disk.submitted = batch.lsn;
        }
        while let Some((lsn, facts)) = disk.pending.pop_front_if(|(lsn, _)| *lsn <= event.synced) {
            disk.image.apply(lsn, facts, &mut seen.became);
        }
        seen
    }
}

fn facts(node: &NodeId, batch: &Batch, whole: bool) -> Result<Vec<Fact>, String> {
    let deleted = batch.delete.iter().map(|key| (key, None));
    let put = batch.put.iter().map(|(key, value)| (key, Some(value.as_slice())));
    deleted.chain(put).filter_map(|(key, value)| Fact::read(node, key, value, whole).transpose()).collect()
}

impl Image {
    fn read(node: &NodeId, durable: &Durable, whole: bool) -> Result<Self, String> {
        let mut image = Self::default();
        let facts: Result<Vec<Fact>, String> =
            durable.iter().filter_map(|(key, value)| Fact::read(node, key, Some(value), whole).transpose()).collect();
        image.apply(Lsn(0), facts?, &mut Vec::new());
        Ok(image)
    }

    /// Applies one batch, and says what became different.
    fn apply(&mut self, lsn: Lsn, facts: Vec<Fact>, became: &mut Vec<Became>) {
        let mut touched = BTreeSet::new();
        let mut push = |what| became.push(Became { lsn, what });
        for fact in facts {
            match fact {
                Fact::Lineage(None) => self.lineage = None,
                Fact::Lineage(Some(lineage)) => {
                    let before = self.lineage.replace(lineage.as_ref().clone()).map(|before| before.head());
                    push(Difference::Lineage { before, lineage: *lineage });
                }
                Fact::Floor(zone, after) => {
                    let before = match after {
                        Some(after) => self.floors.insert(zone.clone(), after),
                        None => self.floors.remove(&zone),
                    };
                    if before != after {
                        push(Difference::Floor { zone, before, after });
                    }
                }
                Fact::Kinds(kinds) => {
                    self.kinds = kinds;
                    push(Difference::Kinds);
                }
                Fact::Resource(key, print) => {
                    touched.insert(key.0.split_once('/').map_or_else(String::new, |(_, address)| address.to_owned()));
                    match print {
                        Some(print) => self.resources.insert(key, print),
                        None => self.resources.remove(&key),
                    };
                }
            }
        }
        for address in touched {
            let found: Vec<Print> = self.versions(&address).collect();
            if found.is_empty() {
                push(Difference::Resource { address: address.clone(), print: None });
            }
            for print in found {
                push(Difference::Resource { address: address.clone(), print: Some(print) });
            }
        }
    }

    /// The versions of a resource: of the store's own history, and as a copy.
    fn versions(&self, address: &str) -> impl Iterator<Item = Print> {
        ["own", "synced"].into_iter().filter_map(move |space| self.resources.get(&StoreKey(format!("{space}/{address}"))).copied())
    }

    /// All resources, by `KIND/MESH/NAME`.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&str, Print)> {
        self.resources.iter().filter_map(|(key, print)| key.0.split_once('/').map(|(_, address)| (address, *print)))
    }

    /// The head of this store's own history.
    pub(super) fn head(&self) -> Option<Position> {
        self.lineage.as_ref().map(Lineage::head)
    }

    fn differences(&self, other: &Self) -> Vec<Became> {
        let mut became = Vec::new();
        let mut push = |what| became.push(Became { lsn: Lsn(0), what });
        if let Some(lineage) = other.lineage.as_ref().filter(|lineage| self.lineage.as_ref() != Some(lineage)) {
            push(Difference::Lineage { before: self.head(), lineage: lineage.clone() });
        }
        let zones: BTreeSet<&ZoneName> = self.floors.keys().chain(other.floors.keys()).collect();
        for zone in zones {
            let (before, after) = (self.floors.get(zone).copied(), other.floors.get(zone).copied());
            if before != after {
                push(Difference::Floor { zone: zone.clone(), before, after });
            }
        }
        let keys: BTreeSet<&StoreKey> = self.resources.keys().chain(other.resources.keys()).collect();
        for key in keys {
            if self.resources.get(key) != other.resources.get(key) {
                push(Difference::Resource { address: key.0.clone(), print: other.resources.get(key).copied() });
            }
        }
        became
    }

    /// How what recovery made of the disk differs from what is on it.
    fn misread(&self, node: &NodeId, observation: &Observation) -> Option<String> {
        let held = &observation.view.resources;
        let wrong = held.iter().find(|(key, resource)| {
            let print = Print::of(resource);
            !self.versions(&address(key)).any(|version| version == print)
        });
        if let Some((key, _)) = wrong {
            return Some(format!("{node} recovered {key} in a version that is not on its disk"));
        }
        let addresses: BTreeSet<&str> = self.resources().map(|(address, _)| address).collect();
        if addresses.len() != held.len() {
            return Some(format!("{node} recovered {} resources, on its disk are {}", held.len(), addresses.len()));
        }
        let made = |zone: &ZoneName| observation.peers.get(zone).and_then(|peer| peer.consumed.position);
        let zones: BTreeSet<&ZoneName> = self.floors.keys().chain(observation.peers.keys()).collect();
        let wrong = zones.into_iter().find(|zone| made(zone) != self.floors.get(*zone).copied());
        wrong.map(|zone| format!("{node} recovered the floor {:?} for {zone}, on its disk is {:?}", made(zone), self.floors.get(zone)))
    }
}
