//! Whatever happens to links, hosts and disks: once the faults end, every zone holds what global holds, and the other way round.
use super::script::*;
use proptest::prelude::*;
use strait_core::{
    node::{Change, Operation},
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{
    event::NodeId,
    world::{CutHow, Disk, Unstored},
};

const ZONES: [&str; 2] = ["east", "west"];

#[derive(Clone, Debug)]
enum Act {
    Put { name: u8, seconds: u8 },
    Delete { name: u8 },
    PutService { zone: usize, name: u8 },
    DeleteService { zone: usize, name: u8 },
    Cut { zone: usize, stall: bool },
    Heal { zone: usize },
    Kill { who: usize },
    PowerLoss { who: usize },
    Restart { who: usize },
    Crash { who: usize, nth: u8, unstored: Unstored },
    DuplicateLate { zone: usize },
}

fn act() -> impl Strategy<Value = Act> {
    let zone = 0..ZONES.len();
    let who = 0..=ZONES.len();
    let unstored = prop_oneof![Just(Unstored::Kept), Just(Unstored::Torn), Just(Unstored::Lost)];
    prop_oneof![
        4 => (0_u8..4, any::<u8>()).prop_map(|(name, seconds)| Act::Put { name, seconds }),
        2 => (0_u8..4).prop_map(|name| Act::Delete { name }),
        2 => (zone.clone(), 0_u8..3).prop_map(|(zone, name)| Act::PutService { zone, name }),
        1 => (zone.clone(), 0_u8..3).prop_map(|(zone, name)| Act::DeleteService { zone, name }),
        2 => (zone.clone(), any::<bool>()).prop_map(|(zone, stall)| Act::Cut { zone, stall }),
        2 => zone.clone().prop_map(|zone| Act::Heal { zone }),
        1 => who.clone().prop_map(|who| Act::Kill { who }),
        1 => who.clone().prop_map(|who| Act::PowerLoss { who }),
        2 => who.clone().prop_map(|who| Act::Restart { who }),
        1 => (who, 1_u8..20, unstored).prop_map(|(who, nth, unstored)| Act::Crash { who, nth, unstored }),
        1 => zone.prop_map(|zone| Act::DuplicateLate { zone }),
    ]
}

fn who(index: usize) -> NodeId {
    if index == 0 { GLOBAL } else { at(ZONES[index - 1]) }
}

fn perform(script: &mut Script, act: &Act) {
    match act {
        Act::Put { name, seconds } => _ = script.put(&GLOBAL, timeout(&format!("t{name}"), u32::from(*seconds) + 1)),
        Act::Delete { name } => _ = script.edit(&GLOBAL, vec![Change::Delete(timeout(&format!("t{name}"), 0).key)]),
        Act::PutService { zone, name } => _ = script.put(&at(ZONES[*zone]), service(&format!("s{name}"))),
        Act::DeleteService { zone, name } => {
            script.edit(&at(ZONES[*zone]), vec![Change::Delete(service(&format!("s{name}")).key)]);
        }
        Act::Cut { zone, stall } => {
            script.world.cut(&super::script::zone(ZONES[*zone]), if *stall { CutHow::Stall } else { CutHow::Sever })
        }
        Act::Heal { zone } => script.world.heal(&super::script::zone(ZONES[*zone])),
        Act::Kill { who } => script.world.kill(&self::who(*who)),
        Act::PowerLoss { who } => script.world.power_loss(&self::who(*who)),
        Act::Restart { who } => script.world.restart(&self::who(*who), Disk::Kept),
        Act::Crash { who, nth, unstored } => _ = script.world.crash_after_emit(&self::who(*who), u64::from(*nth), *unstored),
        Act::DuplicateLate { zone } => _ = script.world.duplicate_late(&super::script::zone(ZONES[*zone])),
    }
}

fn check(seed: u64, global: Dialect, zones: Dialect, acts: &[(u64, Act)]) {
    let mut script = Script::new(&setup(seed, global, &[("east", zones), ("west", zones)]));
    script.put(&GLOBAL, mesh("default"));
    for name in ZONES {
        script.operate(&GLOBAL, Operation::Admit(zone(name)));
    }
    script.run_for(12);
    for (after, act) in acts {
        script.run_for_ms(*after);
        perform(&mut script, act);
    }
    for name in ZONES {
        script.world.heal(&zone(name));
    }
    // A crash that was announced may still come, and bring the process back.
    for index in 0..=ZONES.len() {
        if script.world.observe(&who(index)).is_none() {
            script.world.restart(&who(index), Disk::Kept);
        }
    }
    script.run_for(300);
    let policies = |node: &NodeId| {
        let view = script.world.observe(node).unwrap().view.resources;
        view.into_values()
            .filter(|held| held.kind().as_str() == "MeshTimeout")
            .map(|held| held.spec.value().unwrap().to_string())
            .collect::<Vec<_>>()
    };
    let mut from_global = policies(&GLOBAL);
    from_global.sort();
    let mut services = script.held(&GLOBAL, "MeshService");
    services.sort();
    let mut from_zones = Vec::new();
    for name in ZONES {
        let mut held = policies(&at(name));
        held.sort();
        assert_eq!(held, from_global, "{name} under seed {seed}");
        let view = script.world.observe(&at(name)).unwrap().view.resources;
        let own = view
            .into_values()
            .filter(|held| held.kind().as_str() == "MeshService" && held.origin() == Some(strait_core::resource::Origin::Zone));
        from_zones.extend(own.map(|held| held.display_name().to_owned()));
        assert!(script.session(&GLOBAL, name).is_some() && script.session(&at(name), name).is_some());
    }
    // Nothing is left of the connections that the faults ended.
    assert_eq!(script.world.connections(), ZONES.len());
    from_zones.sort();
    assert_eq!(services, from_zones, "services under seed {seed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn straits_converge(seed in any::<u64>(), acts in proptest::collection::vec((0_u64..6000, act()), 0..40)) {
        check(seed, Strait, Strait, &acts);
    }

    #[test]
    fn kumas_converge(seed in any::<u64>(), acts in proptest::collection::vec((0_u64..6000, act()), 0..40)) {
        check(seed, Kuma, Kuma, &acts);
    }

    #[test]
    fn a_strait_and_kuma_zones_converge(seed in any::<u64>(), acts in proptest::collection::vec((0_u64..6000, act()), 0..40)) {
        check(seed, Strait, Kuma, &acts);
    }
}
