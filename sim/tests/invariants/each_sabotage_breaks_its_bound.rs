//! Under each sabotage the bound that stands against it is broken first of all; without it, none is.
use super::script::*;
use strait_core::{
    node::Change,
    resource::{Key, Kind, MeshName, Resource, ResourceName, Spec},
    sync::Dialect::Strait,
};
use strait_scenarios::{
    invariants::{Breach, Judges},
    world::{CutHow, Disk, Setup},
};

fn first_broken(setup: &Setup, script: &Script) -> Option<Breach> {
    let (mut judges, mut scale) = (Judges::new(setup), strait_sim::Scale::default());
    script.events.iter().flat_map(|event| judges.see(event, &mut scale)).next()
}

/// Runs a script with a sabotage and without.
fn breaks(sabotage: &str, id: &'static str, zones: usize, script: impl Fn(&mut Script)) {
    let names: Vec<String> = (0..zones).map(|number| format!("zone-{number}")).collect();
    let names: Vec<_> = names.iter().map(|name| (name.as_str(), Strait)).collect();
    for (sabotage, expected) in [(Some(sabotage), Some(id)), (None, None)] {
        let mut setup = setup(11, Strait, &names);
        setup.sabotage = sabotage.map(str::to_owned);
        let mut run = Script::new(&setup);
        run.put(&GLOBAL, mesh("default"));
        run.run_for(5);
        script(&mut run);
        let first = first_broken(&setup, &run);
        assert_eq!(first.as_ref().map(|breach| breach.id), expected, "{sabotage:?}: {first:?}");
    }
}

fn large(name: &str) -> Resource {
    let key = Key {
        kind: Kind::new("MeshRetry").unwrap(),
        mesh: Some(MeshName::new("default").unwrap()),
        name: ResourceName::new(name).unwrap(),
    };
    Resource { spec: Spec::new(serde_json::json!({"to": [], "filler": "x".repeat(60_000)})), key, ..timeout(name, 1) }
}

#[test]
fn hostage_breaks_l2() {
    breaks("hostage", "L2", 2, |script| {
        // One zone hears nothing any more, and leaves what it is sent unanswered.
        script.world.cut(&zone("zone-1"), CutHow::Stall);
        for seconds in 1..10 {
            script.put(&GLOBAL, timeout("one", seconds));
            script.run_for(1);
        }
    });
}

#[test]
fn queue_everything_breaks_b1() {
    breaks("queue-everything", "B1", 1, |script| {
        script.world.kill(&at("zone-0"));
        let changes = (0..40).map(|number| Change::Put(large(&format!("large-{number}")))).collect();
        script.edit(&GLOBAL, changes);
        script.run_for(2);
        script.world.restart(&at("zone-0"), Disk::Kept);
        script.run_for(10);
    });
}

#[test]
fn resend_all_breaks_b2() {
    breaks("resend-all", "B2", 2, |script| {
        script.put(&GLOBAL, timeout("one", 1));
        script.run_for(5);
        script.world.restart(&at("zone-0"), Disk::Kept);
        script.run_for(10);
    });
}

#[test]
fn equal_jitter_breaks_b3() {
    breaks("equal-jitter", "B3", 30, |script| {
        script.world.restart(&GLOBAL, Disk::Kept);
        script.run_for(10);
    });
}

#[test]
fn no_backoff_breaks_b3() {
    breaks("no-backoff", "B3", 1, |script| {
        script.world.kill(&GLOBAL);
        script.run_for(60);
    });
}

#[test]
fn keep_tombstones_breaks_b4() {
    breaks("keep-tombstones", "B4", 1, |script| {
        for round in 0..8 {
            let names: Vec<Resource> = (0..1000).map(|number| timeout(&format!("fresh-{round}-{number}"), 1)).collect();
            script.edit(&GLOBAL, names.iter().cloned().map(Change::Put).collect());
            script.run_for(5);
            script.edit(&GLOBAL, names.into_iter().map(|fresh| Change::Delete(fresh.key)).collect());
            script.run_for(5);
        }
    });
}

#[test]
fn storm_breaks_b5() {
    breaks("storm", "B5", 3, |script| {
        script.put(&GLOBAL, timeout("one", 1));
        script.run_for(5);
    });
}
