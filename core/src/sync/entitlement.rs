//! Which zones hold which meshes, and whose exports reach the others: now, and at every earlier position of this history.
//!
//! Two kinds that never travel decide it: `MeshZones` and `Zone`. Whenever one of them changes, it is noted for whom that turned something,
//! and at which sequence. So what a zone lacks or has too much since the position that it holds is found without looking at other zones, and
//! nothing is sent twice to a zone for which nothing turned.
use crate::{
    machine::{Durable, RecoverError},
    records::{self, Writes},
    resource::{Key, Labels, MeshName, Resource, ZoneName, model},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that decide it.
pub(crate) const DECIDE: [&str; 2] = ["MeshZones", "Zone"];

/// Which zones hold which meshes, and whose exports reach the others.
#[derive(Debug, Default)]
pub(crate) struct Entitlement {
    /// The zones that may hold something, so that it matters since when.
    known: BTreeSet<ZoneName>,
    /// What the `MeshZones` of a mesh say. None: every zone holds it.
    rules: BTreeMap<MeshName, BTreeMap<Key, Rule>>,
    zones: BTreeMap<ZoneName, Said>,
    turns: BTreeMap<ZoneName, Turns>,
}

/// What one `MeshZones` says.
#[derive(Clone, Debug, Default)]
struct Rule {
    zones: BTreeSet<String>,
    labels: Option<BTreeMap<String, String>>,
}

/// What a `Zone` says.
#[derive(Clone, Debug, Default)]
struct Said {
    disabled: bool,
    labels: Labels,
}

/// The sequences at which something became the opposite for one zone, ascending.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Turns {
    /// Whether it holds a mesh.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    meshes: BTreeMap<MeshName, Vec<u64>>,
    /// Whether what it exports reaches the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exports: Vec<u64>,
}

/// What may turn with a change, as it was before.
#[derive(Debug, Default)]
pub(crate) struct Before {
    meshes: BTreeMap<(ZoneName, MeshName), bool>,
    exports: BTreeMap<ZoneName, bool>,
}

impl Entitlement {
    /// A zone may hold something from now on.
    pub(crate) fn know(&mut self, zone: &ZoneName) {
        if !self.known.contains(zone) {
            self.known.insert(zone.clone());
        }
    }

    /// Reads back what turned when.
    pub(crate) fn recover_turns(&mut self, durable: &Durable) -> Result<(), RecoverError> {
        for (key, name, bytes) in records::below(durable, records::TURNS) {
            let zone = ZoneName::new(name).map_err(|error| records::unreadable(key, error.to_string()))?;
            self.turns.insert(zone, records::parse(key, bytes)?);
        }
        Ok(())
    }

    // ---- what is asked -------------------------------------------------------------------------

    /// Whether a zone holds a mesh, at that sequence or (`None`) now.
    pub(crate) fn holds(&self, zone: &ZoneName, mesh: &MeshName, at: Option<u64>) -> bool {
        let turns = self.turns.get(zone).and_then(|turns| turns.meshes.get(mesh));
        self.holds_now(zone, mesh) ^ at.is_some_and(|at| is_odd_after(turns, at))
    }

    /// Whether what a zone exports reaches the others, at that sequence or (`None`) now.
    pub(crate) fn exports(&self, zone: &ZoneName, at: Option<u64>) -> bool {
        let turns = self.turns.get(zone).map(|turns| &turns.exports);
        self.exports_now(zone) ^ at.is_some_and(|at| is_odd_after(turns, at))
    }

    /// The meshes that a zone has gained or lost since that sequence.
    pub(crate) fn turned_meshes(&self, zone: &ZoneName, since: u64) -> impl Iterator<Item = &MeshName> {
        let turns = self.turns.get(zone).into_iter().flat_map(|turns| &turns.meshes);
        turns.filter(move |(_, turns)| is_odd_after(Some(*turns), since)).map(|(mesh, _)| mesh)
    }

    /// The zones whose exports reach the others now and did not at that sequence, or the other way round: all of them, or those of a mesh that the
    /// zone has gained or lost since.
    pub(crate) fn turned_exporters(&self, since: u64) -> impl Iterator<Item = &ZoneName> {
        let is_odd = move |turns: &Vec<u64>| is_odd_after(Some(turns), since);
        self.turns.iter().filter(move |(_, turns)| is_odd(&turns.exports) || turns.meshes.values().any(is_odd)).map(|(zone, _)| zone)
    }

    /// Whether anything turned for this zone after that sequence, also if it turned back.
    pub(crate) fn has_turned(&self, zone: &ZoneName, since: u64) -> bool {
        let after = |turns: &Vec<u64>| turns.last().is_some_and(|last| *last > since);
        self.turns.iter().any(|(other, turns)| turns.meshes.values().any(after) || (other != zone && after(&turns.exports)))
    }

    fn holds_now(&self, zone: &ZoneName, mesh: &MeshName) -> bool {
        let Some(rules) = self.rules.get(mesh) else {
            return true;
        };
        let labels = self.zones.get(zone).map(|said| &said.labels);
        rules.values().any(|rule| rule.names(zone, labels))
    }

    fn exports_now(&self, zone: &ZoneName) -> bool {
        !self.zones.get(zone).is_some_and(|said| said.disabled)
    }

    // ---- what is told --------------------------------------------------------------------------

    /// How what a change of these resources may turn stands before it.
    pub(crate) fn before<'a>(&self, changed: impl Iterator<Item = &'a Key>) -> Before {
        let mut before = Before::default();
        for key in changed {
            match (key.kind.as_str(), &key.mesh) {
                ("MeshZones", Some(mesh)) => {
                    let pairs = self.known.iter().map(|zone| (zone.clone(), mesh.clone()));
                    before.meshes.extend(pairs.map(|pair| (pair.clone(), self.holds_now(&pair.0, &pair.1))));
                }
                ("Zone", _) => {
                    let Ok(zone) = ZoneName::new(key.name.as_str()) else {
                        continue;
                    };
                    before.exports.insert(zone.clone(), self.exports_now(&zone));
                    if self.known.contains(&zone) {
                        let pairs = self.rules.keys().map(|mesh| (zone.clone(), mesh.clone()));
                        before.meshes.extend(pairs.map(|pair| (pair.clone(), self.holds_now(&pair.0, &pair.1))));
                    }
                }
                _ => {}
            }
        }
        before
    }

    /// Notes what has turned since `before`, by the change at `seq`.
    pub(crate) fn turn(&mut self, before: Before, seq: u64, writes: &mut Writes) {
        let mut touched = BTreeSet::new();
        for ((zone, mesh), held) in before.meshes {
            if self.holds_now(&zone, &mesh) != held {
                self.turns.entry(zone.clone()).or_default().meshes.entry(mesh).or_default().push(seq);
                touched.insert(zone);
            }
        }
        for (zone, exported) in before.exports {
            if self.exports_now(&zone) != exported {
                self.turns.entry(zone.clone()).or_default().exports.push(seq);
                touched.insert(zone);
            }
        }
        for zone in touched {
            writes.put(records::turns(&zone), &self.turns[&zone]);
        }
    }

    /// A resource is held in this version.
    pub(crate) fn put(&mut self, resource: &Resource) {
        // Only the two kinds are read: whatever is held comes by here.
        let spec = || resource.spec.value().and_then(|value| model::parse(resource.kind(), value).ok().flatten());
        match (resource.kind().as_str(), resource.mesh()) {
            ("MeshZones", Some(mesh)) => {
                // One that cannot be read gives the mesh to nobody.
                let rule = if let Some(model::Model::MeshZones(spec)) = spec() { Rule::of(spec) } else { Rule::default() };
                self.rules.entry(mesh.clone()).or_default().insert(resource.key.clone(), rule);
            }
            ("Zone", _) => {
                let disabled = matches!(spec(), Some(model::Model::Zone(model::Zone { enabled: Some(false), .. })));
                if let Ok(zone) = ZoneName::new(resource.key.name.as_str()) {
                    self.zones.insert(zone, Said { disabled, labels: resource.labels.clone() });
                }
            }
            _ => {}
        }
    }

    /// A resource is no longer held.
    pub(crate) fn remove(&mut self, key: &Key) {
        match (key.kind.as_str(), &key.mesh) {
            ("MeshZones", Some(mesh)) => {
                if let Some(rules) = self.rules.get_mut(mesh) {
                    rules.remove(key);
                    if rules.is_empty() {
                        self.rules.remove(mesh);
                    }
                }
            }
            ("Zone", _) => {
                self.zones.retain(|zone, _| zone.as_str() != key.name.as_str());
            }
            _ => {}
        }
    }
}

impl Rule {
    fn of(spec: model::MeshZones) -> Self {
        let labels = spec.zone_selector.map(|selector| selector.match_labels.unwrap_or_default());
        Self { zones: spec.zones.into_iter().flatten().collect(), labels }
    }

    fn names(&self, zone: &ZoneName, labels: Option<&Labels>) -> bool {
        let has = |(label, value): (&String, &String)| labels.and_then(|labels| labels.get(label)) == Some(value);
        self.zones.contains(zone.as_str()) || self.labels.as_ref().is_some_and(|wanted| wanted.iter().all(has))
    }
}

fn is_odd_after(turns: Option<&Vec<u64>>, since: u64) -> bool {
    turns.is_some_and(|turns| (turns.len() - turns.partition_point(|seq| *seq <= since)) % 2 == 1)
}
