//! The records of a disk, as far as they are judged, and how they become different.
use super::{
    fact::{Fact, Print, address},
    readings::Readings,
};
use crate::event::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Durable, Lsn, StoreKey,
    node::Observation,
    resource::{Kind, ZoneName},
    sync::{Lineage, Position},
};

/// The records of a disk, as far as they are judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    /// The history of this store.
    pub(crate) lineage: Option<Lineage>,
    /// Up to where the other end's history is held, by zone (in a zone: its own name).
    pub(crate) floors: BTreeMap<ZoneName, Position>,
    /// The kinds of which something for zones was ever held here.
    pub(crate) offered: BTreeSet<Kind>,
    resources: BTreeMap<StoreKey, Print>,
}

/// Something became different on a disk.
#[derive(Debug)]
pub(crate) struct Became {
    /// By which batch; 0 where a start shows it.
    pub(crate) lsn: Lsn,
    /// What.
    pub(crate) what: Difference,
}

/// What became different on a disk.
#[derive(Debug)]
pub(crate) enum Difference {
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
    /// The kinds of which something for zones was ever held here.
    Offered,
    /// A resource is on the disk in this version, or is not.
    Resource {
        /// `KIND/MESH/NAME`.
        address: String,
        /// Its version.
        print: Option<Print>,
    },
}

impl Image {
    pub(crate) fn read(node: &NodeId, durable: &Durable, readings: &mut Readings) -> Result<Self, String> {
        let mut image = Self::default();
        let facts: Result<Vec<Fact>, String> =
            durable.iter().filter_map(|(key, value)| Fact::read(node, key, Some(value), readings).transpose()).collect();
        image.apply(Lsn(0), facts?, &mut Vec::new());
        Ok(image)
    }

    /// Applies one batch, and says what became different.
    pub(crate) fn apply(&mut self, lsn: Lsn, facts: Vec<Fact>, became: &mut Vec<Became>) {
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
                Fact::Offered(offered) => {
                    self.offered = offered;
                    push(Difference::Offered);
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
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, Print)> {
        self.resources.iter().filter_map(|(key, print)| key.0.split_once('/').map(|(_, address)| (address, *print)))
    }

    /// The head of this store's own history.
    pub(crate) fn head(&self) -> Option<Position> {
        self.lineage.as_ref().map(Lineage::head)
    }

    pub(crate) fn differences(&self, other: &Self) -> Vec<Became> {
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
    pub(crate) fn misread(&self, node: &NodeId, observation: &Observation) -> Option<String> {
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
        wrong.map(|zone| {
            let on_disk = self.floors.get(zone).copied();
            format!("{node} recovered the floor {} for {zone}, on its disk is {}", text(made(zone)), text(on_disk))
        })
    }
}

impl Difference {
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Lineage { before, lineage } => format!("the head {} instead of {}", lineage.head(), text(*before)),
            Self::Floor { zone, before, after } => format!("the floor {} for {zone} instead of {}", text(*after), text(*before)),
            Self::Offered => "the kinds".to_owned(),
            Self::Resource { address, print: Some(_) } => format!("another version of {address}"),
            Self::Resource { address, print: None } => format!("no {address}"),
        }
    }
}

fn text(position: Option<Position>) -> String {
    position.map_or_else(|| "nothing".to_owned(), |position| position.to_string())
}
