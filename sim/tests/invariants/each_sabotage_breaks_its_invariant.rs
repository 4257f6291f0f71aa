//! Under each sabotage the invariant that stands against it is broken, and no other; where the wrong is not reached, none is.
use super::{judges::broken, script::*};
use std::collections::BTreeSet;
use strait_core::{
    node::{Change, Operation},
    resource::Resource,
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{sabotage::SABOTAGES, world::Disk};

/// A global with zones in a mesh, of which the first two timeouts have arrived everywhere.
fn begin(sabotage: Option<&str>, global: Dialect, zones: &[(&str, Dialect)]) -> (strait_scenarios::world::Setup, Script) {
    let mut setup = setup(11, global, zones);
    setup.sabotage = sabotage.map(str::to_owned);
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("one", 1));
    script.put(&GLOBAL, timeout("two", 2));
    for (name, _) in zones {
        script.operate(&GLOBAL, Operation::Admit(zone(name)));
    }
    script.run_for(30);
    for (name, _) in zones {
        assert_eq!(script.held(&at(name), "MeshTimeout").len(), 2, "{name} under {sabotage:?}");
    }
    (setup, script)
}

fn only(id: &'static str) -> BTreeSet<&'static str> {
    BTreeSet::from([id])
}

/// Runs a script with and without a sabotage: with it exactly this is broken, and without nothing.
fn breaks(sabotage: &'static str, id: &'static str, global: Dialect, zone: Dialect, script: impl Fn(&mut Script)) {
    let run = |sabotage| {
        let (setup, mut run) = begin(sabotage, global, &[("east", zone), ("west", zone)]);
        script(&mut run);
        run.run_for(90);
        broken(&setup, &run.events)
    };
    assert_eq!(run(Some(sabotage)), only(id), "{sabotage}, {global} and {zone}");
    assert_eq!(run(None), BTreeSet::new(), "without {sabotage}, {global} and {zone}");
}

#[test]
fn keep_deleted_breaks_s4() {
    for (global, zone) in [(Strait, Strait), (Strait, Kuma), (Kuma, Strait)] {
        breaks("keep-deleted", "S4", global, zone, |script| {
            script.edit(&GLOBAL, vec![Change::Delete(timeout("one", 1).key)]);
            script.run_for(30);
            script.put(&GLOBAL, timeout("three", 3));
        });
    }
}

#[test]
fn delete_on_forked_history_breaks_s5() {
    for global in [Strait, Kuma] {
        breaks("delete-on-forked-history", "S5", global, Strait, |script| {
            script.world.restart(&GLOBAL, Disk::Empty);
            script.run_for(30);
        });
    }
}

#[test]
fn answer_unheld_kind_breaks_s5() {
    breaks("answer-unheld-kind", "S5", Strait, Kuma, |script| {
        script.world.restart(&GLOBAL, Disk::Empty);
        script.run_for(30);
    });
}

#[test]
fn overwrite_foreign_breaks_s2() {
    for (global, zone) in [(Strait, Strait), (Strait, Kuma), (Kuma, Strait)] {
        breaks("overwrite-foreign", "S2", global, zone, |script| {
            let east = script.world.observe(&at("east")).unwrap().view.resources;
            let copy = east.into_values().find(|held| held.display_name() == "one").unwrap();
            script.put(&at("east"), Resource { key: copy.key.clone(), ..timeout("one", 99) });
        });
    }
}

#[test]
fn leak_across_breaks_s11() {
    for zone in [Strait, Kuma] {
        breaks("leak-across", "S11", Strait, zone, |script| {
            script.put(&at("east"), timeout("easts", 7));
            script.run_for(10);
            script.put(&GLOBAL, timeout("three", 3));
        });
    }
}

#[test]
fn misattribute_breaks_s2() {
    let (setup, mut script) = begin(Some("misattribute"), Strait, &[("east", Strait), ("west", Strait)]);
    script.put(&at("east"), service("backend"));
    script.run_for(10);
    assert!(broken(&setup, &script.events).contains("S2"));
}

#[test]
fn what_does_not_reach_the_wrong_breaks_nothing() {
    let reached = ["apply-half", "misattribute", "ignore-kds-sync"];
    for (sabotage, _) in SABOTAGES.iter().filter(|(name, _)| !reached.contains(name)) {
        for zone in [Strait, Kuma] {
            if (*sabotage, zone) == ("leak-across", Kuma) {
                // Kuma zones always have something of their own to leak: the generators that they make at their first start.
                continue;
            }
            let (setup, mut script) = begin(Some(sabotage), Strait, &[("east", zone), ("west", zone)]);
            script.put(&GLOBAL, timeout("one", 5));
            script.put(&at("east"), service("backend"));
            script.run_for(20);
            script.world.restart(&at("west"), Disk::Kept);
            script.world.restart(&GLOBAL, Disk::Kept);
            script.run_for(60);
            assert_eq!(broken(&setup, &script.events), BTreeSet::new(), "{sabotage}, {zone}");
        }
    }
}
