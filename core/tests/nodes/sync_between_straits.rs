//! Both lanes between Straits: what is written at one end is held at the other.
use crate::pair::{Pair, mesh, service, timeout};
use strait_core::{
    Node,
    node::{Change, FreezeReason, Operation},
};

#[test]
fn a_policy_written_on_global_is_held_by_every_zone_under_its_hashed_name() {
    let mut pair = Pair::new(&["east", "west"]);
    pair.run_for(3000);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("checkout", 2))]).unwrap();
    for zone in ["east", "west"] {
        assert_eq!(pair.held(zone, "MeshTimeout"), ["checkout"]);
        let held = pair.zone_node(zone).view().resources.values().find(|held| held.kind().as_str() == "MeshTimeout").unwrap().clone();
        assert_eq!(held.key.name.as_str(), strait_core::resource::hashed_name("default", "checkout", &[]));
        assert_eq!(held.labels["kuma.io/origin"], "global");
    }
}

#[test]
fn a_service_announced_by_one_zone_reaches_the_other_and_not_itself() {
    let mut pair = Pair::new(&["east", "west"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(service("api"))]).unwrap();
    assert_eq!(pair.held("west", "MeshService"), ["api"]);
    assert_eq!(pair.held("east", "MeshService"), ["api"]);
    let held = pair.zone_node("west").view().resources.values().find(|held| held.kind().as_str() == "MeshService").unwrap().clone();
    assert_eq!(held.labels["kuma.io/zone"], "east");
    assert_eq!(held.labels["kuma.io/origin"], "global");
}

#[test]
fn a_deletion_while_a_zone_is_down_arrives_when_it_is_back() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("a", 1)), Change::Put(timeout("b", 1))]).unwrap();
    pair.run_for(3000);
    pair.stop_zone("east");
    pair.edit(vec![Change::Delete(timeout("a", 1).key)]).unwrap();
    pair.start_zone("east");
    assert_eq!(pair.held("east", "MeshTimeout"), ["a", "b"]);
    pair.run_for(3000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["b"]);
}

#[test]
fn an_emptied_global_deletes_nothing_and_the_zone_says_why_it_froze() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("a", 1))]).unwrap();
    pair.run_for(3000);
    pair.stop_global();
    pair.global_disk.clear();
    pair.start_global();
    pair.run_for(30_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a"]);
    let peer = pair.zone_node("east").observe().peers.values().next().unwrap().clone();
    assert_eq!(peer.consumed.frozen, Some(FreezeReason::Forked));
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("new", 1))]).unwrap();
    pair.run_for(30_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a"]);
    pair.operate(Operation::Adopt);
    pair.run_for(3000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["new"]);
    assert_eq!(pair.zone_node("east").observe().peers.values().next().unwrap().consumed.frozen, None);
}

#[test]
fn a_zone_that_lost_its_disk_takes_nothing_back_until_an_operator_adopts_it() {
    let mut pair = Pair::new(&["east", "west"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(service("api"))]).unwrap();
    pair.run_for(3000);
    pair.stop_zone("east");
    pair.zone_disks.get_mut(&crate::pair::zone("east")).unwrap().clear();
    pair.start_zone("east");
    pair.run_for(20_000);
    assert_eq!(pair.held("west", "MeshService"), ["api"]);
    assert_eq!(pair.global_node().observe().peers[&crate::pair::zone("east")].consumed.frozen, Some(FreezeReason::Forked));
    pair.operate(Operation::AdoptZone(crate::pair::zone("east")));
    pair.run_for(5000);
    assert_eq!(pair.held("west", "MeshService"), Vec::<String>::new());
}

#[test]
fn a_cut_is_noticed_by_heartbeat_and_healed_by_a_new_session() {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("a", 1))]).unwrap();
    pair.run_for(3000);
    pair.cut = true;
    pair.edit(vec![Change::Put(timeout("a", 5)), Change::Put(timeout("b", 1))]).unwrap();
    pair.run_for(60_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a"]);
    assert!(pair.zone_node("east").observe().peers.values().next().unwrap().session.is_none());
    let age = pair.global_node().observe().peers[&crate::pair::zone("east")].provided.staleness(strait_core::time::Mono(pair.now)).unwrap();
    assert!(age.as_secs() >= 55, "{age:?}");
    pair.heal();
    pair.run_for(12_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a", "b"]);
}
