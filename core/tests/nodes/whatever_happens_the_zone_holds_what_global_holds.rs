//! Random edits, cuts, stops and lost disks: afterwards every zone holds what global holds, and nothing that was deleted.
use crate::pair::{Pair, mesh, service, timeout, zone};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Node,
    node::{Change, Operation},
    resource::labels,
};

const ZONES: [&str; 2] = ["east", "west"];

#[derive(Clone, Debug)]
enum Act {
    Put(u8, u8),
    Delete(u8),
    Announce(u8, u8),
    Withdraw(u8, u8),
    StopZone(u8),
    StartZone(u8),
    RestartGlobal,
    Cut,
    Heal,
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0u8..12, 1u8..60).prop_map(|(which, body)| Act::Put(which, body)),
        2 => (0u8..12).prop_map(Act::Delete),
        2 => (0u8..2, 0u8..4).prop_map(|(at, which)| Act::Announce(at, which)),
        1 => (0u8..2, 0u8..4).prop_map(|(at, which)| Act::Withdraw(at, which)),
        1 => (0u8..2).prop_map(Act::StopZone),
        1 => (0u8..2).prop_map(Act::StartZone),
        1 => Just(Act::RestartGlobal),
        1 => Just(Act::Cut),
        1 => Just(Act::Heal),
        2 => (0u16..9000).prop_map(Act::Wait),
    ]
}

struct Run {
    pair: Pair,
    policies: BTreeMap<String, u32>,
    services: BTreeSet<(String, String)>,
}

impl Run {
    fn is_up(&self, name: &str) -> bool {
        self.pair.zones[&zone(name)].is_some()
    }

    fn take(&mut self, act: &Act) {
        match act {
            Act::Put(which, body) => {
                let (name, seconds) = (format!("p{which}"), u32::from(*body));
                self.pair.edit(vec![Change::Put(timeout(&name, seconds))]).unwrap();
                self.policies.insert(name, seconds);
            }
            Act::Delete(which) => {
                let name = format!("p{which}");
                self.pair.edit(vec![Change::Delete(timeout(&name, 1).key)]).unwrap();
                self.policies.remove(&name);
            }
            Act::Announce(at, which) => {
                let (at, name) = (ZONES[usize::from(*at)], format!("s{which}"));
                if self.is_up(at) && self.pair.held(at, "Mesh") == ["default"] {
                    self.pair.edit_zone(at, vec![Change::Put(service(&name))]).unwrap();
                    self.services.insert((at.to_owned(), name));
                }
            }
            Act::Withdraw(at, which) => {
                let (at, name) = (ZONES[usize::from(*at)], format!("s{which}"));
                if self.is_up(at) {
                    self.pair.edit_zone(at, vec![Change::Delete(service(&name).key)]).unwrap();
                    self.services.remove(&(at.to_owned(), name));
                }
            }
            Act::StopZone(at) if self.is_up(ZONES[usize::from(*at)]) => self.pair.stop_zone(ZONES[usize::from(*at)]),
            Act::StartZone(at) if !self.is_up(ZONES[usize::from(*at)]) => self.pair.start_zone(ZONES[usize::from(*at)]),
            Act::StopZone(_) | Act::StartZone(_) => {}
            Act::RestartGlobal => {
                self.pair.stop_global();
                self.pair.start_global();
            }
            Act::Cut => self.pair.cut = true,
            Act::Heal => self.pair.heal(),
            Act::Wait(ms) => self.pair.run_for(u64::from(*ms)),
        }
    }

    fn heal_everything(&mut self) {
        self.pair.heal();
        for name in ZONES {
            if !self.is_up(name) {
                self.pair.start_zone(name);
            }
        }
        self.pair.run_for(40_000);
    }

    /// What a zone holds of policies, and of services with their home zone.
    fn held(&self, name: &str) -> (BTreeMap<String, u32>, BTreeSet<(String, String)>) {
        let (mut policies, mut services) = (BTreeMap::new(), BTreeSet::new());
        for held in self.pair.zone_node(name).view().resources.values() {
            match held.kind().as_str() {
                "MeshTimeout" => {
                    let text = held.spec.value().unwrap()["to"][0]["default"]["connectionTimeout"].as_str().unwrap().to_owned();
                    policies.insert(held.display_name().to_owned(), text.trim_end_matches('s').parse().unwrap());
                }
                "MeshService" => {
                    services.insert((held.labels[labels::ZONE].clone(), held.display_name().to_owned()));
                }
                _ => {}
            }
        }
        (policies, services)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_everything_is_healed(acts in prop::collection::vec(act(), 1..40)) {
        let mut run = Run { pair: Pair::new(&ZONES), policies: BTreeMap::new(), services: BTreeSet::new() };
        run.pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
        for act in &acts {
            run.take(act);
        }
        run.heal_everything();
        for name in ZONES {
            prop_assert_eq!(run.held(name), (run.policies.clone(), run.services.clone()), "{}", name);
        }
    }

    #[test]
    fn and_after_global_lost_its_disk_once_an_operator_adopted(acts in prop::collection::vec(act(), 1..25), after in prop::collection::vec(act(), 1..10)) {
        let mut run = Run { pair: Pair::new(&ZONES), policies: BTreeMap::new(), services: BTreeSet::new() };
        run.pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
        for act in &acts {
            run.take(act);
        }
        run.heal_everything();
        run.pair.stop_global();
        run.pair.global_disk.clear();
        run.pair.start_global();
        let before: Vec<_> = ZONES.iter().map(|name| run.held(name)).collect();
        run.pair.run_for(30_000);
        for (name, before) in ZONES.iter().zip(&before) {
            prop_assert_eq!(&run.held(name), before, "{} lost something to an empty global", name);
        }
        run.pair.operate(Operation::Adopt);
        run.pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
        run.policies.clear();
        for act in &after {
            run.take(act);
        }
        run.heal_everything();
        for name in ZONES {
            prop_assert_eq!(run.held(name), (run.policies.clone(), run.services.clone()), "{}", name);
        }
    }
}
