//! Kuma's global and zones converge on both lanes, and across zones.
use super::script::*;
use strait_core::{node::Change, resource::labels, sync::Dialect::Kuma};

#[test]
fn kumas_converge_on_both_lanes() {
    let mut script = Script::new(&setup(1, Kuma, &[("east", Kuma), ("west", Kuma)]));
    script.run_for(15);
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.put(&at("east"), service("backend"));
    script.run_for(5);
    for name in ["east", "west"] {
        assert_eq!(script.held(&at(name), "Mesh"), ["default"]);
        assert_eq!(script.held(&at(name), "MeshTimeout"), ["retry"]);
        assert!(script.world.observe(&GLOBAL).unwrap().peers[&zone(name)].provided.settled);
    }
    assert_eq!(script.held(&GLOBAL, "MeshService"), ["backend"]);
    assert_eq!(script.held(&at("west"), "MeshService"), ["backend"]);
    let observed = script.world.observe(&at("west")).unwrap().view.resources;
    let copy = observed.values().find(|held| held.kind().as_str() == "MeshService").unwrap();
    assert_eq!(copy.labels[labels::ORIGIN], "global");
    assert_eq!(copy.labels[labels::ZONE], "east");
    // The name that Kuma gives to it: hashed with the zone.
    assert_eq!(copy.key.name.as_str(), strait_core::resource::hashed_name("default", "backend", &["east"]));

    script.edit(&GLOBAL, vec![Change::Delete(timeout("retry", 1).key)]);
    script.edit(&at("east"), vec![Change::Delete(service("backend").key)]);
    script.run_for(5);
    assert_eq!(script.held(&at("west"), "MeshTimeout"), [""; 0]);
    assert_eq!(script.held(&at("west"), "MeshService"), [""; 0]);
}

#[test]
fn changes_of_one_second_travel_together() {
    let mut script = kumas();
    let before = script.meters().links[&(GLOBAL, at("east"))].transfers;
    for seconds in 2..12 {
        script.put(&GLOBAL, timeout("retry", seconds));
    }
    script.run_for(10);
    assert_eq!(script.meters().links[&(GLOBAL, at("east"))].transfers, before + 1);
}
