//! A Kuma global that comes back with an empty disk takes everything from its zones. That is Kuma's hazard, not a bug here.
use super::script::*;
use strait_core::sync::Dialect::{Kuma, Strait};
use strait_scenarios::world::Disk;

#[test]
fn an_empty_kuma_global_wipes_its_zones() {
    let mut script = kumas();
    script.put(&at("east"), service("backend"));
    script.world.restart(&GLOBAL, Disk::Empty);
    script.run_for(30);
    assert_eq!(script.held(&at("east"), "Mesh"), [""; 0]);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), [""; 0]);
    // What the zone made itself stays, and goes up again.
    assert_eq!(script.held(&at("east"), "MeshService"), ["backend"]);
    assert_eq!(script.held(&GLOBAL, "MeshService"), ["backend"]);
}

#[test]
fn a_kuma_global_that_kept_its_disk_wipes_nothing() {
    let mut script = kumas();
    script.world.restart(&GLOBAL, Disk::Kept);
    script.run_for(30);
    assert_eq!(script.held(&at("east"), "Mesh"), ["default"]);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
}

#[test]
fn a_strait_zone_freezes_instead() {
    let mut script = Script::new(&setup(3, Kuma, &[("east", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.run_for(30);
    assert_eq!(script.held(&at("east"), "Mesh"), ["default"]);
    script.world.restart(&GLOBAL, Disk::Empty);
    script.run_for(100);
    assert_eq!(script.held(&at("east"), "Mesh"), ["default"]);
    assert!(script.world.observe(&at("east")).unwrap().peers[&zone("east")].consumed.frozen.is_some());
}
