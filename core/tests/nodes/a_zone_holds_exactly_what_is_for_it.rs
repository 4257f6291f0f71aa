//! Random edits, `MeshZones`, labels, zones that are disabled and removed, cuts and restarts: at the end every zone holds exactly the meshes
//! that are for it, with everything in them, on its disk too; and of the others exactly what enabled zones export.
use crate::pair::{Pair, mesh, service, timeout, zone};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{Node, node::*, resource::*};

const ZONES: [&str; 3] = ["east", "north", "west"];
const MESHES: [&str; 2] = ["default", "payments"];

#[derive(Clone, Debug)]
enum Act {
    Write(u8, u8, u8),
    Delete(u8, u8),
    Announce(u8, u8, u8),
    /// Which mesh, which rule of it, for which zones (bits), by name or by label.
    Give(u8, u8, u8, bool),
    TakeBack(u8, u8),
    Label(u8, bool),
    Disable(u8),
    Enable(u8),
    StopZone(u8),
    StartZone(u8),
    RestartGlobal,
    Cut,
    CutAfter(u8),
    Heal,
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0u8..2, 0u8..4, 1u8..60).prop_map(|(mesh, which, body)| Act::Write(mesh, which, body)),
        1 => (0u8..2, 0u8..4).prop_map(|(mesh, which)| Act::Delete(mesh, which)),
        3 => (0u8..3, 0u8..2, 0u8..3).prop_map(|(at, mesh, which)| Act::Announce(at, mesh, which)),
        5 => (0u8..2, 0u8..2, 0u8..8, any::<bool>()).prop_map(|(mesh, rule, zones, by_label)| Act::Give(mesh, rule, zones, by_label)),
        2 => (0u8..2, 0u8..2).prop_map(|(mesh, rule)| Act::TakeBack(mesh, rule)),
        1 => (0u8..3, any::<bool>()).prop_map(|(at, on)| Act::Label(at, on)),
        2 => (0u8..3).prop_map(Act::Disable),
        2 => (0u8..3).prop_map(Act::Enable),
        1 => (0u8..3).prop_map(Act::StopZone),
        1 => (0u8..3).prop_map(Act::StartZone),
        1 => Just(Act::RestartGlobal),
        1 => Just(Act::Cut),
        1 => (0u8..4).prop_map(Act::CutAfter),
        2 => Just(Act::Heal),
        2 => (0u16..9000).prop_map(Act::Wait),
    ]
}

fn in_mesh(mesh: u8, mut resource: Resource) -> Resource {
    resource.key.mesh = Some(MeshName::new(MESHES[usize::from(mesh)]).unwrap());
    resource
}

fn secret(mesh: u8, which: u8, body: u8) -> Resource {
    let key = Key { kind: Kind::new("Secret").unwrap(), mesh: None, name: ResourceName::new(&format!("s{which}")).unwrap() };
    let data = ["AAAA", "BBBB", "CCCC"][usize::from(body % 3)];
    let spec = Spec::new(json!({ "data": data }));
    in_mesh(mesh, Resource { key, labels: Labels::new(), spec, status: None })
}

/// For these zones, by name or by the label that some of them carry.
pub(crate) fn zones_of(mesh: &str, name: &str, spec: serde_json::Value) -> Resource {
    Resource {
        key: Key {
            kind: Kind::new("MeshZones").unwrap(),
            mesh: Some(MeshName::new(mesh).unwrap()),
            name: ResourceName::new(name).unwrap(),
        },
        labels: Labels::new(),
        spec: Spec::new(spec),
        status: None,
    }
}

struct Run {
    pair: Pair,
    /// What each rule of each mesh says.
    rules: BTreeMap<(u8, u8), (BTreeSet<String>, bool)>,
    labelled: BTreeSet<String>,
    disabled: BTreeSet<String>,
}

impl Run {
    fn new() -> Self {
        let mut pair = Pair::new(&ZONES);
        pair.edit(MESHES.iter().map(|name| Change::Put(mesh(name))).collect()).unwrap();
        Self { pair, rules: BTreeMap::new(), labelled: BTreeSet::new(), disabled: BTreeSet::new() }
    }

    fn is_up(&self, name: &str) -> bool {
        self.pair.zones[&zone(name)].is_some()
    }

    fn put_zone(&mut self, name: &str) {
        let key = Key { kind: Kind::new("Zone").unwrap(), mesh: None, name: ResourceName::new(name).unwrap() };
        let mut labels = Labels::new();
        if self.labelled.contains(name) {
            labels.insert("region".to_owned(), "eu".to_owned());
        }
        let spec = Spec::new(json!({ "enabled": !self.disabled.contains(name) }));
        self.pair.edit(vec![Change::Put(Resource { key, labels, spec, status: None })]).unwrap();
    }

    fn take(&mut self, act: &Act) {
        match act {
            Act::Write(mesh, which, body) => {
                let policy = in_mesh(*mesh, timeout(&format!("p{which}"), u32::from(*body)));
                self.pair.edit(vec![Change::Put(policy), Change::Put(secret(*mesh, *which, *body))]).unwrap();
            }
            Act::Delete(mesh, which) => {
                let policy = in_mesh(*mesh, timeout(&format!("p{which}"), 1)).key;
                self.pair.edit(vec![Change::Delete(policy), Change::Delete(secret(*mesh, *which, 0).key)]).unwrap();
            }
            Act::Announce(at, mesh, which) => {
                let at = ZONES[usize::from(*at)];
                if self.is_up(at) && self.pair.held(at, "Mesh").iter().any(|held| held == MESHES[usize::from(*mesh)]) {
                    let service = in_mesh(*mesh, service(&format!("s{which}")));
                    self.pair.edit_zone(at, vec![Change::Put(service)]).unwrap();
                }
            }
            Act::Give(mesh, rule, zones, by_label) => {
                let names: BTreeSet<String> =
                    (0..3).filter(|bit| zones & (1 << bit) != 0).map(|bit| ZONES[bit].to_owned()).filter(|_| !by_label).collect();
                let spec = if *by_label { json!({"zoneSelector": {"matchLabels": {"region": "eu"}}}) } else { json!({ "zones": names }) };
                self.pair.edit(vec![Change::Put(zones_of(MESHES[usize::from(*mesh)], &format!("r{rule}"), spec))]).unwrap();
                self.rules.insert((*mesh, *rule), (names, *by_label));
            }
            Act::TakeBack(mesh, rule) => {
                let key = zones_of(MESHES[usize::from(*mesh)], &format!("r{rule}"), json!({})).key;
                self.pair.edit(vec![Change::Delete(key)]).unwrap();
                self.rules.remove(&(*mesh, *rule));
            }
            Act::Label(at, on) => {
                let name = ZONES[usize::from(*at)];
                if *on {
                    self.labelled.insert(name.to_owned())
                } else {
                    self.labelled.remove(name)
                };
                self.put_zone(name);
            }
            Act::Disable(at) => {
                self.disabled.insert(ZONES[usize::from(*at)].to_owned());
                self.pair.operate(Operation::Disable(zone(ZONES[usize::from(*at)])));
            }
            Act::Enable(at) => {
                self.disabled.remove(ZONES[usize::from(*at)]);
                self.pair.operate(Operation::Enable(zone(ZONES[usize::from(*at)])));
            }
            Act::StopZone(at) if self.is_up(ZONES[usize::from(*at)]) => self.pair.stop_zone(ZONES[usize::from(*at)]),
            Act::StartZone(at) if !self.is_up(ZONES[usize::from(*at)]) => self.pair.start_zone(ZONES[usize::from(*at)]),
            Act::StopZone(_) | Act::StartZone(_) => {}
            Act::RestartGlobal => {
                self.pair.stop_global();
                self.pair.start_global();
            }
            Act::Cut => self.pair.cut = true,
            Act::CutAfter(parts) => self.pair.budget = Some(usize::from(*parts)),
            Act::Heal => {
                self.pair.budget = None;
                self.pair.heal();
            }
            Act::Wait(ms) => self.pair.run_for(u64::from(*ms)),
        }
    }

    fn heal_everything(&mut self) {
        self.take(&Act::Heal);
        for name in ZONES.into_iter().filter(|name| self.pair.zones[&zone(name)].is_none()).collect::<Vec<_>>() {
            self.pair.start_zone(name);
        }
        self.pair.run_for(40_000);
    }

    fn is_given(&self, mesh: &str, to: &str) -> bool {
        let of_mesh: Vec<_> = self.rules.iter().filter(|((of, _), _)| MESHES[usize::from(*of)] == mesh).map(|(_, rule)| rule).collect();
        of_mesh.is_empty()
            || of_mesh.iter().any(|(names, by_label)| if *by_label { self.labelled.contains(to) } else { names.contains(to) })
    }

    /// What a zone must hold of what global holds: kind, mesh, display name, home zone, spec.
    fn expected(&self, to: &str) -> BTreeSet<String> {
        let held = self.pair.global_node().view().resources.values();
        let is_for = |held: &&std::sync::Arc<Resource>| {
            let mesh = if held.kind().as_str() == "Mesh" { held.key.name.as_str() } else { held.mesh().map_or("", MeshName::as_str) };
            let home = held.labels.get(labels::ZONE).filter(|_| held.origin() == Some(Origin::Zone));
            !["Zone", "MeshZones"].contains(&held.kind().as_str())
                && self.is_given(mesh, to)
                && home.is_none_or(|home| home != to && !self.disabled.contains(home) && self.is_given(mesh, home))
        };
        held.filter(is_for).map(|held| line(held)).collect()
    }

    fn copies(&self, at: &str) -> BTreeSet<String> {
        let held = self.pair.zone_node(at).view().resources.values();
        held.filter(|held| held.origin() == Some(Origin::Global)).map(|held| line(held)).collect()
    }

    fn copies_on_disk(&self, at: &str) -> BTreeSet<String> {
        let disk = &self.pair.zones[&zone(at)].as_ref().unwrap().disk;
        let copies = disk.iter().filter(|(key, _)| key.0.starts_with("synced/"));
        copies
            .map(|(_, bytes)| {
                let record: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                line(&serde_json::from_value(record["resource"].clone()).unwrap())
            })
            .collect()
    }
}

fn line(held: &Resource) -> String {
    let home = held.labels.get(labels::ZONE).map_or("", String::as_str);
    let spec = held.spec.value().map(ToString::to_string).unwrap_or_default();
    format!("{} {:?} {} {home} {spec}", held.kind(), held.mesh(), held.display_name())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn once_everything_is_healed(acts in prop::collection::vec(act(), 1..50)) {
        let mut run = Run::new();
        for act in &acts {
            run.take(act);
        }
        run.heal_everything();
        for name in ZONES {
            prop_assert_eq!(run.copies(name), run.expected(name), "{}", name);
            prop_assert_eq!(run.copies_on_disk(name), run.expected(name), "{} on disk", name);
            let protocol: Vec<&String> = run.pair.log.iter().filter(|line| line.contains("protocol:")).collect();
            prop_assert!(protocol.is_empty(), "{:?}", protocol);
        }
    }
}
