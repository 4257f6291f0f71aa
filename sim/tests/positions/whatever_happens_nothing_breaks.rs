//! Whatever happens to links, hosts and disks, and whatever operators decide: no invariant raises a false alarm.
use super::{judge::first_broken, script::*};
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
    Restart { who: usize, empty: bool },
    Crash { who: usize, nth: u8, unstored: Unstored },
    DuplicateLate { zone: usize },
    Backup { who: usize, called: u8 },
    Restore { who: usize, called: u8 },
    Adopt { who: usize },
    AdoptZone { zone: usize },
    Admit { zone: usize },
}

fn act() -> impl Strategy<Value = Act> {
    let zone = 0..ZONES.len();
    let who = 0..=ZONES.len();
    let unstored = prop_oneof![Just(Unstored::Kept), Just(Unstored::Torn), Just(Unstored::Lost)];
    let edits = prop_oneof![
        4 => (0_u8..4, any::<u8>()).prop_map(|(name, seconds)| Act::Put { name, seconds }),
        2 => (0_u8..4).prop_map(|name| Act::Delete { name }),
        2 => (zone.clone(), 0_u8..3).prop_map(|(zone, name)| Act::PutService { zone, name }),
        1 => (zone.clone(), 0_u8..3).prop_map(|(zone, name)| Act::DeleteService { zone, name }),
    ];
    let faults = prop_oneof![
        2 => (zone.clone(), any::<bool>()).prop_map(|(zone, stall)| Act::Cut { zone, stall }),
        3 => zone.clone().prop_map(|zone| Act::Heal { zone }),
        1 => who.clone().prop_map(|who| Act::Kill { who }),
        1 => who.clone().prop_map(|who| Act::PowerLoss { who }),
        3 => (who.clone(), proptest::bool::weighted(0.2)).prop_map(|(who, empty)| Act::Restart { who, empty }),
        1 => (who.clone(), 1_u8..20, unstored).prop_map(|(who, nth, unstored)| Act::Crash { who, nth, unstored }),
        1 => zone.clone().prop_map(|zone| Act::DuplicateLate { zone }),
    ];
    let decisions = prop_oneof![
        2 => (who.clone(), 0_u8..2).prop_map(|(who, called)| Act::Backup { who, called }),
        2 => (who.clone(), 0_u8..2).prop_map(|(who, called)| Act::Restore { who, called }),
        1 => who.prop_map(|who| Act::Adopt { who }),
        1 => zone.clone().prop_map(|zone| Act::AdoptZone { zone }),
        1 => zone.prop_map(|zone| Act::Admit { zone }),
    ];
    prop_oneof![4 => edits, 4 => faults, 3 => decisions]
}

fn who(index: usize) -> NodeId {
    if index == 0 { GLOBAL } else { at(ZONES[index - 1]) }
}

fn perform(script: &mut Script, act: &Act) {
    match act {
        Act::Put { name, seconds } => _ = script.put(&GLOBAL, timeout(&format!("t{name}"), u32::from(*seconds))),
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
        Act::Restart { who, empty } => script.world.restart(&self::who(*who), if *empty { Disk::Empty } else { Disk::Kept }),
        Act::Crash { who, nth, unstored } => _ = script.world.crash_after_emit(&self::who(*who), u64::from(*nth), *unstored),
        Act::DuplicateLate { zone } => _ = script.world.duplicate_late(&super::script::zone(ZONES[*zone])),
        Act::Backup { who, called } => script.world.backup(&self::who(*who), &called.to_string()),
        Act::Restore { who, called } => script.world.restore(&self::who(*who), &called.to_string()),
        Act::Adopt { who } => script.operate(&self::who(*who), Operation::Adopt),
        Act::AdoptZone { zone } => script.operate(&GLOBAL, Operation::AdoptZone(super::script::zone(ZONES[*zone]))),
        Act::Admit { zone } => script.operate(&GLOBAL, Operation::Admit(super::script::zone(ZONES[*zone]))),
    }
}

fn check(seed: u64, global: Dialect, zones: [Dialect; 2], acts: &[(u64, Act)]) {
    let setup = setup(seed, global, &[("east", zones[0]), ("west", zones[1])]);
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh("default"));
    script.run_for(12);
    for (after, act) in acts {
        script.run_for_ms(*after);
        perform(&mut script, act);
    }
    for name in ZONES {
        script.world.heal(&zone(name));
    }
    script.run_for(60);
    if let Some((id, broken)) = first_broken(&setup, &script) {
        panic!("{id} broke under seed {seed} at {} at {}: {}", broken.at, broken.node, broken.what);
    }
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    proptest::collection::vec((prop_oneof![0_u64..40, 0_u64..6000], act()), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn among_straits(seed in any::<u64>(), acts in acts()) {
        check(seed, Strait, [Strait, Strait], &acts);
    }

    #[test]
    fn under_a_plain_kuma(seed in any::<u64>(), acts in acts()) {
        check(seed, Kuma, [Strait, Kuma], &acts);
    }

    #[test]
    fn over_a_plain_kuma(seed in any::<u64>(), acts in acts()) {
        check(seed, Strait, [Strait, Kuma], &acts);
    }
}

/// 64, or what `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}
