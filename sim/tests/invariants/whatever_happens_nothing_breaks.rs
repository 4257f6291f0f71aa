//! Whatever happens to links, hosts and disks, and whatever users and operators decide meanwhile: no invariant breaks.
use super::{judges::verdicts, script::*};
use proptest::prelude::*;
use serde_json::json;
use strait_core::{
    node::{Change, Operation},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, labels},
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{
    event::NodeId,
    world::{CutHow, Disk, Unstored},
};

const ZONES: [&str; 2] = ["east", "west"];

#[derive(Clone, Debug)]
enum Act {
    Put { who: usize, what: u8, version: u8 },
    Delete { who: usize, what: u8 },
    PutMesh { name: u8 },
    DeleteMesh { name: u8 },
    Cut { zone: usize, stall: bool },
    Heal { zone: usize },
    Kill { who: usize },
    PowerLoss { who: usize },
    Restart { who: usize },
    Empty { who: usize },
    Backup { who: usize },
    Restore { who: usize },
    Crash { who: usize, nth: u8, unstored: Unstored },
    DuplicateLate { zone: usize },
    Adopt { who: usize },
    AdoptZone { zone: usize },
    Admit { zone: usize },
}

fn act() -> impl Strategy<Value = Act> {
    let zone = 0..ZONES.len();
    let who = 0..=ZONES.len();
    let unstored = prop_oneof![Just(Unstored::Kept), Just(Unstored::Torn), Just(Unstored::Lost)];
    prop_oneof![
        8 => (who.clone(), 0..KINDS, 0_u8..3).prop_map(|(who, what, version)| Act::Put { who, what, version }),
        4 => (who.clone(), 0..KINDS).prop_map(|(who, what)| Act::Delete { who, what }),
        1 => (0_u8..2).prop_map(|name| Act::PutMesh { name }),
        1 => (0_u8..2).prop_map(|name| Act::DeleteMesh { name }),
        2 => (zone.clone(), any::<bool>()).prop_map(|(zone, stall)| Act::Cut { zone, stall }),
        2 => zone.clone().prop_map(|zone| Act::Heal { zone }),
        1 => who.clone().prop_map(|who| Act::Kill { who }),
        1 => who.clone().prop_map(|who| Act::PowerLoss { who }),
        2 => who.clone().prop_map(|who| Act::Restart { who }),
        1 => who.clone().prop_map(|who| Act::Empty { who }),
        1 => who.clone().prop_map(|who| Act::Backup { who }),
        2 => who.clone().prop_map(|who| Act::Restore { who }),
        1 => (who.clone(), 1_u8..20, unstored).prop_map(|(who, nth, unstored)| Act::Crash { who, nth, unstored }),
        1 => zone.clone().prop_map(|zone| Act::DuplicateLate { zone }),
        1 => who.prop_map(|who| Act::Adopt { who }),
        1 => zone.clone().prop_map(|zone| Act::AdoptZone { zone }),
        1 => zone.prop_map(|zone| Act::Admit { zone }),
    ]
}

/// Half of the time things follow at once, so that they meet on their way.
fn after() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, 0_u64..6000]
}

const KINDS: u8 = 9;

/// What users write. Some of it is refused, depending on where.
fn resource(what: u8, version: u8) -> Resource {
    let made = |kind: &str, mesh: Option<&str>, name: &str, labels: &[(&str, &str)], spec| Resource {
        key: Key {
            kind: Kind::new(kind).unwrap(),
            mesh: mesh.map(|mesh| MeshName::new(mesh).unwrap()),
            name: ResourceName::new(name).unwrap(),
        },
        labels: labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect::<Labels>(),
        spec: Spec::new(spec),
        status: None,
    };
    let seconds = json!({"connectionTimeout": format!("{}s", version + 1)});
    let to_mesh = json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": seconds}]});
    let to_service =
        json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "MeshService", "name": "s"}, "default": seconds}]});
    let backend = json!({"selector": {"dataplaneTags": {"app": format!("v{version}")}}, "ports": [{"port": 80}], "state": "Available"});
    let inbound = json!({"port": 80, "tags": {"kuma.io/service": "a", labels::ZONE: if version == 0 { "elsewhere" } else { "east" }}});
    let sync = [(labels::KDS_SYNC, if version == 0 { "disabled" } else { "enabled" })];
    match what {
        0 | 1 => timeout(&format!("t{what}"), u32::from(version) + 1),
        2 => made("MeshTimeout", Some("m0"), "t2", &[], to_mesh),
        3 => made("MeshTimeout", Some("default"), "kept", &sync, to_mesh),
        4 => {
            let labels = [(labels::NAMESPACE, "shop"), (labels::POLICY_ROLE, if version == 0 { "consumer" } else { "producer" })];
            made("MeshTimeout", Some("default"), "produced", &labels, to_service)
        }
        5 => made("MeshService", Some("default"), "s", &[], backend),
        6 => made("MeshService", Some("m1"), "s", &sync, backend),
        7 => made("Dataplane", Some("default"), "d", &[], json!({"networking": {"address": "10.0.0.1", "inbound": [inbound]}})),
        _ => made("GlobalSecret", None, "shared", &[], json!({"data": if version == 0 { "YQ==" } else { "Yg==" }})),
    }
}

fn who(index: usize) -> NodeId {
    if index == 0 { GLOBAL } else { at(ZONES[index - 1]) }
}

fn perform(script: &mut Script, act: &Act) {
    let zone_at = |index: &usize| zone(ZONES[*index]);
    match act {
        Act::Put { who, what, version } => _ = script.put(&self::who(*who), resource(*what, *version)),
        Act::Delete { who, what } => _ = script.edit(&self::who(*who), vec![Change::Delete(resource(*what, 0).key)]),
        Act::PutMesh { name } => _ = script.put(&GLOBAL, mesh(&format!("m{name}"))),
        Act::DeleteMesh { name } => _ = script.edit(&GLOBAL, vec![Change::Delete(mesh(&format!("m{name}")).key)]),
        Act::Cut { zone, stall } => script.world.cut(&zone_at(zone), if *stall { CutHow::Stall } else { CutHow::Sever }),
        Act::Heal { zone } => script.world.heal(&zone_at(zone)),
        Act::Kill { who } => script.world.kill(&self::who(*who)),
        Act::PowerLoss { who } => script.world.power_loss(&self::who(*who)),
        Act::Restart { who } => script.world.restart(&self::who(*who), Disk::Kept),
        Act::Empty { who } => script.world.restart(&self::who(*who), Disk::Empty),
        Act::Backup { who } => script.world.backup(&self::who(*who), "kept"),
        Act::Restore { who } => script.world.restore(&self::who(*who), "kept"),
        Act::Crash { who, nth, unstored } => _ = script.world.crash_after_emit(&self::who(*who), u64::from(*nth), *unstored),
        Act::DuplicateLate { zone } => _ = script.world.duplicate_late(&zone_at(zone)),
        Act::Adopt { who } => script.operate(&self::who(*who), Operation::Adopt),
        Act::AdoptZone { zone } => script.operate(&GLOBAL, Operation::AdoptZone(zone_at(zone))),
        Act::Admit { zone } => script.operate(&GLOBAL, Operation::Admit(zone_at(zone))),
    }
}

fn check(seed: u64, global: Dialect, zones: [Dialect; 2], acts: &[(u64, Act)]) {
    let setup = setup(seed, global, &[("east", zones[0]), ("west", zones[1])]);
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, mesh("m0"));
    script.put(&GLOBAL, mesh("m1"));
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
    for index in 0..=ZONES.len() {
        if script.world.observe(&who(index)).is_none() {
            script.world.restart(&who(index), Disk::Kept);
        }
    }
    script.run_for(90);
    let broken = verdicts(&setup, &script.events);
    assert!(broken.is_empty(), "under seed {seed}: {broken:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn among_straits(seed in any::<u64>(), acts in proptest::collection::vec((after(), act()), 0..50)) {
        check(seed, Strait, [Strait, Strait], &acts);
    }

    #[test]
    fn among_kumas(seed in any::<u64>(), acts in proptest::collection::vec((after(), act()), 0..50)) {
        check(seed, Kuma, [Kuma, Kuma], &acts);
    }

    #[test]
    fn between_a_strait_and_both(seed in any::<u64>(), acts in proptest::collection::vec((after(), act()), 0..50)) {
        check(seed, Strait, [Kuma, Strait], &acts);
    }

    #[test]
    fn between_a_kuma_and_both(seed in any::<u64>(), acts in proptest::collection::vec((after(), act()), 0..50)) {
        check(seed, Kuma, [Strait, Kuma], &acts);
    }
}
