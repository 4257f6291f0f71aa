//! One resource that the receiver refuses holds nobody else up.
use crate::pair::{Pair, mesh, timeout, zone};
use strait_core::{
    Node,
    node::Change,
    resource::{Resource, ResourceName, hashed_name},
};

/// A resource of the zone's own, under the very name that global's `a` has on the wire.
fn in_the_way() -> Resource {
    let mut own = timeout("a", 9);
    own.key.name = ResourceName::new(&hashed_name("default", "a", &[])).unwrap();
    own
}

#[test]
fn the_others_apply_both_ends_name_it_and_it_comes_once_the_way_is_clear() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(in_the_way())]).unwrap();
    pair.edit(vec![Change::Put(timeout("a", 1)), Change::Put(timeout("b", 1))]).unwrap();
    assert!(pair.held("east", "MeshTimeout").contains(&"b".to_owned()));

    let wire = in_the_way().key;
    let at_zone = &pair.zone_node("east").observe().peers[&zone("east")].rejected[&wire];
    assert_eq!(at_zone.why, "the name is taken by a resource of this zone");
    let at_global = &pair.global_node().observe().peers[&zone("east")].rejected[&wire];
    assert!(at_global.why.contains("the name is taken by a resource of this zone"), "{at_global:?}");

    pair.edit_zone("east", vec![Change::Delete(wire.clone())]).unwrap();
    pair.run_for(70_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a", "b"]);
    assert!(pair.zone_node("east").observe().peers[&zone("east")].rejected.is_empty());
    assert!(pair.global_node().observe().peers[&zone("east")].rejected.is_empty());
}

#[test]
fn it_is_not_offered_in_a_loop() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(in_the_way())]).unwrap();
    pair.edit(vec![Change::Put(timeout("a", 1))]).unwrap();
    let before = pair.parts_sent;
    pair.run_for(600_000);
    let offered = pair.parts_sent - before;
    assert!((5..=20).contains(&offered), "ten minutes of waits that double from 5 s to 60 s: {offered} offers");
}

#[test]
fn what_was_refused_is_remembered_through_a_restart() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(in_the_way())]).unwrap();
    pair.edit(vec![Change::Put(timeout("a", 1))]).unwrap();
    pair.stop_global();
    pair.stop_zone("east");
    pair.start_global();
    pair.start_zone("east");
    assert_eq!(pair.zone_node("east").observe().peers[&zone("east")].rejected.len(), 1);
    pair.edit_zone("east", vec![Change::Delete(in_the_way().key)]).unwrap();
    pair.run_for(70_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a"]);
}
