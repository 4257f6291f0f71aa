//! Over the real drivers the invariants say the same: nothing where all is right, the right one under each sabotage.
use super::{judges::broken, turmoil_script::*};
use serde_json::json;
use std::collections::BTreeSet;
use strait_core::{
    node::{Change, Operation, Ticket},
    resource::{Labels, Resource, Spec, labels},
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::world::Setup;

fn begin(sabotage: Option<&str>, global: Dialect, zone_speaks: Dialect) -> (Setup, Script) {
    let mut setup = setup(3, global, &[("east", zone_speaks), ("west", zone_speaks)]);
    setup.sabotage = sabotage.map(str::to_owned);
    let mut script = Script::new(&setup);
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("one", 1));
    script.put(&GLOBAL, timeout("two", 2));
    for name in ["east", "west"] {
        script.operate(&GLOBAL, Operation::Admit(zone(name)));
    }
    script.run_for(20);
    assert_eq!(script.held(&at("west"), "MeshTimeout").len(), 2);
    (setup, script)
}

/// What goes through protobuf comes out in another writing.
fn dataplane(port: u32) -> Resource {
    let tags = json!({"kuma.io/service": "backend", labels::ZONE: "elsewhere"});
    let inbound = json!({"port": port, "servicePort": 0, "tags": tags});
    let like = service("proxy");
    let kind = strait_core::resource::Kind::new("Dataplane").unwrap();
    let key = strait_core::resource::Key { kind, ..like.key };
    let spec = json!({"networking": {"address": "10.0.0.1", "inbound": [inbound]}});
    Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None }
}

#[test]
fn where_all_is_right_nothing_breaks() {
    for (global, zone) in [(Strait, Strait), (Strait, Kuma), (Kuma, Strait)] {
        let (setup, mut script) = begin(None, global, zone);
        script.put(&at("east"), service("backend"));
        script.put(&at("east"), dataplane(80));
        script.put(&GLOBAL, timeout("one", 5));
        script.run_for(5);
        script.put(&at("east"), dataplane(81));
        script.world.edit(&GLOBAL, Ticket(1000), vec![Change::Delete(timeout("two", 2).key)]);
        script.world.restart(&at("west"), Disk::Kept);
        script.run_for(20);
        script.world.power_loss(&GLOBAL);
        script.world.restart(&GLOBAL, Disk::Kept);
        script.run_for(30);
        assert_eq!(script.held(&GLOBAL, "Dataplane"), ["proxy"], "{global} and {zone}");
        assert_eq!(broken(&setup, &script.events), BTreeSet::new(), "{global} and {zone}");
    }
}

#[test]
fn each_sabotage_breaks_its_invariant() {
    let run = |sabotage: &str, zone: Dialect, script: &dyn Fn(&mut Script)| {
        let (setup, mut run) = begin(Some(sabotage), Strait, zone);
        script(&mut run);
        run.run_for(40);
        broken(&setup, &run.events)
    };
    let keep = run("keep-deleted", Strait, &|script| {
        script.world.edit(&GLOBAL, Ticket(1000), vec![Change::Delete(timeout("one", 1).key)]);
        script.run_for(5);
        script.put(&GLOBAL, timeout("three", 3));
    });
    assert_eq!(keep, BTreeSet::from(["S4"]));
    let empty = |script: &mut Script| script.world.restart(&GLOBAL, Disk::Empty);
    assert_eq!(run("delete-on-forked-history", Strait, &empty), BTreeSet::from(["S5"]));
    assert_eq!(run("answer-unheld-kind", Kuma, &empty), BTreeSet::from(["S5"]));
    let leak = run("leak-across", Strait, &|script| {
        script.put(&at("east"), timeout("easts", 7));
        script.run_for(5);
        script.put(&GLOBAL, timeout("three", 3));
    });
    assert_eq!(leak, BTreeSet::from(["S11"]));
    let overwrite = run("overwrite-foreign", Strait, &|script| {
        let east = script.world.observe(&at("east")).unwrap().view.resources;
        let copy = east.into_values().find(|held| held.display_name() == "one").unwrap();
        script.put(&at("east"), Resource { key: copy.key.clone(), ..timeout("one", 99) });
    });
    assert_eq!(overwrite, BTreeSet::from(["S2"]));
}
