//! Whatever happens to links, hosts and disks, and whatever operators decide: no invariant raises a false alarm.
use super::{
    script::{GLOBAL, at, mesh, service, setup, timeout, zone},
    stage::Stage,
};
use proptest::prelude::*;
use strait_core::{
    node::{Change, Operation},
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{
    event::NodeId,
    world::{
        CutHow, Disk, Unstored,
        WorldKind::{self, Model, Turmoil},
    },
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

fn perform(stage: &mut Stage, act: &Act) {
    match act {
        Act::Put { name, seconds } => stage.put(&GLOBAL, timeout(&format!("t{name}"), u32::from(*seconds))),
        Act::Delete { name } => stage.edit(&GLOBAL, Change::Delete(timeout(&format!("t{name}"), 0).key)),
        Act::PutService { zone, name } => stage.put(&at(ZONES[*zone]), service(&format!("s{name}"))),
        Act::DeleteService { zone, name } => {
            stage.edit(&at(ZONES[*zone]), Change::Delete(service(&format!("s{name}")).key));
        }
        Act::Cut { zone, stall } => stage.world.cut(&self::zone(ZONES[*zone]), if *stall { CutHow::Stall } else { CutHow::Sever }),
        Act::Heal { zone } => stage.world.heal(&self::zone(ZONES[*zone])),
        Act::Kill { who } => stage.world.kill(&self::who(*who)),
        Act::PowerLoss { who } => stage.world.power_loss(&self::who(*who)),
        Act::Restart { who, empty } => stage.world.restart(&self::who(*who), if *empty { Disk::Empty } else { Disk::Kept }),
        Act::Crash { who, nth, unstored } => _ = stage.world.crash_after_emit(&self::who(*who), u64::from(*nth), *unstored),
        Act::DuplicateLate { zone } => _ = stage.world.duplicate_late(&self::zone(ZONES[*zone])),
        Act::Backup { who, called } => stage.world.backup(&self::who(*who), &called.to_string()),
        Act::Restore { who, called } => stage.world.restore(&self::who(*who), &called.to_string()),
        Act::Adopt { who } => stage.operate(&self::who(*who), Operation::Adopt),
        Act::AdoptZone { zone } => stage.operate(&GLOBAL, Operation::AdoptZone(self::zone(ZONES[*zone]))),
        Act::Admit { zone } => stage.operate(&GLOBAL, Operation::Admit(self::zone(ZONES[*zone]))),
    }
}

fn check(kind: WorldKind, seed: u64, global: Dialect, zones: [Dialect; 2], acts: &[(u64, Act)]) {
    let setup = setup(seed, global, &[("east", zones[0]), ("west", zones[1])]);
    let mut stage = Stage::new(kind, &setup);
    stage.put(&GLOBAL, mesh("default"));
    stage.run_for(12);
    for (after, act) in acts {
        stage.run_for_ms(*after);
        perform(&mut stage, act);
    }
    for name in ZONES {
        stage.world.heal(&zone(name));
    }
    stage.run_for(60);
    if let Some((id, broken)) = stage.first_broken(&setup) {
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
        check(Model, seed, Strait, [Strait, Strait], &acts);
    }

    #[test]
    fn under_a_plain_kuma(seed in any::<u64>(), acts in acts()) {
        check(Model, seed, Kuma, [Strait, Kuma], &acts);
    }

    #[test]
    fn over_a_plain_kuma(seed in any::<u64>(), acts in acts()) {
        check(Model, seed, Strait, [Strait, Kuma], &acts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases() / 16) })]

    #[test]
    fn in_turmoil(seed in any::<u64>(), global in dialect(), zones in [dialect(), dialect()], acts in acts()) {
        check(Turmoil, seed, global, zones, &acts);
    }
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![3 => Just(Strait), 1 => Just(Kuma)]
}

/// 64, or what `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}
