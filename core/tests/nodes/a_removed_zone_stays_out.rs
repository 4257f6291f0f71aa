//! An operator removes a zone: what it had announced goes in one batch, its store is refused, and another store takes the name.
use crate::pair::{Pair, mesh, service, zone};
use serde_json::json;
use strait_core::{Durable, Node, node::*, resource::*};

/// East announces a service, west holds a copy.
fn synced() -> Pair {
    let mut pair = Pair::new(&["east", "west"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(3000);
    pair.edit_zone("east", vec![Change::Put(service("checkout"))]).unwrap();
    pair.run_for(3000);
    assert_eq!(pair.held("west", "MeshService"), ["checkout"]);
    pair
}

fn remove(pair: &mut Pair) {
    pair.operate(Operation::Remove(zone("east")));
    pair.run_for(15_000);
}

fn last_end(pair: &Pair) -> String {
    let global = &pair.global_node().observe().peers[&zone("east")];
    assert_eq!(global.session, None);
    global.last_end.clone().unwrap_or_default()
}

fn zone_of(name: &str) -> Resource {
    let key = Key { kind: Kind::new("Zone").unwrap(), mesh: None, name: ResourceName::new(name).unwrap() };
    Resource { key, labels: Labels::new(), spec: Spec::new(json!({"enabled": true})), status: None }
}

#[test]
fn everywhere_and_for_good() {
    let mut pair = synced();
    remove(&mut pair);
    assert_eq!((pair.held_by_global("MeshService").len(), pair.held("west", "MeshService").len()), (0, 0));
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
    let east = pair.zone_node("east").observe().peers[&zone("east")].last_end.clone().unwrap();
    assert!(east.starts_with("removed"), "{east}");
    pair.stop_global();
    pair.start_global();
    pair.stop_zone("east");
    pair.start_zone("east");
    pair.run_for(30_000);
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
    assert_eq!(pair.held_by_global("MeshService").len(), 0);
    // It serves what it has.
    assert_eq!(pair.held("east", "MeshService"), ["checkout"]);
}

#[test]
fn so_is_a_copy_of_its_store_and_an_older_one() {
    let mut pair = synced();
    let older = pair.zones[&zone("east")].as_ref().unwrap().disk.clone();
    pair.stop_zone("east");
    pair.start_zone("east");
    pair.run_for(10_000);
    remove(&mut pair);
    pair.stop_zone("east");
    pair.zone_disks.insert(zone("east"), older);
    pair.start_zone("east");
    pair.run_for(15_000);
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
}

#[test]
fn another_store_takes_the_name_and_the_first_stays_out() {
    let mut pair = synced();
    remove(&mut pair);
    pair.stop_zone("east");
    let first = pair.zone_disks.insert(zone("east"), Durable::new()).unwrap();
    pair.start_zone("east");
    pair.run_for(15_000);
    pair.edit_zone("east", vec![Change::Put(service("newcomer"))]).unwrap();
    pair.run_for(3000);
    assert_eq!(pair.held("west", "MeshService"), ["newcomer"]);
    pair.stop_zone("east");
    pair.zone_disks.insert(zone("east"), first);
    pair.start_zone("east");
    pair.run_for(15_000);
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
    assert_eq!(pair.held("west", "MeshService"), ["newcomer"]);
}

#[test]
fn until_it_is_enabled_again() {
    let mut pair = synced();
    remove(&mut pair);
    pair.operate(Operation::Enable(zone("east")));
    pair.run_for(30_000);
    assert_eq!(pair.held("west", "MeshService"), ["checkout"]);
}

#[test]
fn however_often_it_starts_and_writes_meanwhile() {
    let mut pair = synced();
    remove(&mut pair);
    // More often than a history remembers its starts.
    for n in 0..220 {
        pair.stop_zone("east");
        pair.start_zone("east");
        pair.edit_zone("east", vec![Change::Put(service(&format!("s{}", n % 7)))]).unwrap();
        pair.run_for(2000);
    }
    pair.run_for(15_000);
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
    assert_eq!(pair.held_by_global("MeshService").len(), 0);
}

#[test]
fn or_removed_again_before_it_came() {
    let mut pair = synced();
    remove(&mut pair);
    pair.stop_zone("east");
    pair.operate(Operation::Enable(zone("east")));
    pair.operate(Operation::Remove(zone("east")));
    pair.start_zone("east");
    pair.run_for(15_000);
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
}

#[test]
fn to_delete_its_zone_is_to_remove_it() {
    let mut pair = synced();
    pair.edit(vec![Change::Put(zone_of("east"))]).unwrap();
    pair.edit(vec![Change::Delete(zone_of("east").key)]).unwrap();
    pair.run_for(15_000);
    assert_eq!((pair.held_by_global("MeshService").len(), pair.held("west", "MeshService").len()), (0, 0));
    assert!(last_end(&pair).starts_with("removed"), "{}", last_end(&pair));
}

#[test]
fn what_nobody_knows_is_removed_without_effect() {
    let mut pair = synced();
    pair.operate(Operation::Remove(zone("nowhere")));
    assert_eq!(pair.held("west", "MeshService"), ["checkout"]);
    assert!(!pair.global_node().observe().peers.contains_key(&zone("nowhere")));
}

#[test]
fn in_one_batch() {
    let mut pair = synced();
    pair.log.clear();
    let before = pair.global.as_ref().unwrap().disk.clone();
    assert!(before.keys().any(|key| key.0.starts_with("own/MeshService/")));
    pair.operate(Operation::Remove(zone("east")));
    // The driver under test applies batch by batch: either all is there or nothing, which the record shows.
    let after = &pair.global.as_ref().unwrap().disk;
    assert!(!after.keys().any(|key| key.0.starts_with("own/MeshService/")));
    let record: serde_json::Value = serde_json::from_slice(&after[&strait_core::StoreKey("zone/east".to_owned())]).unwrap();
    assert_eq!((&record["floor"], &record["store"]), (&json!(null), &json!(null)));
}
