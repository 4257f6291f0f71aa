//! Whose a copy is, is said by where it is stored, not by a label: one that lost its label is changed and deleted as ever.
use crate::pair::{Pair, mesh, timeout, zone};
use strait_core::{Node, StoreKey, node::*, resource::*};

fn synced() -> Pair {
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("a", 1)), Change::Put(timeout("b", 1))]).unwrap();
    pair.run_for(5000);
    pair
}

/// Takes the origin out of every copy on the zone's disk.
fn labels_are_lost(pair: &mut Pair) {
    pair.stop_zone("east");
    let disk = pair.zone_disks.get_mut(&zone("east")).unwrap();
    let copies: Vec<StoreKey> = disk.keys().filter(|key| key.0.starts_with("synced/")).cloned().collect();
    assert!(copies.len() >= 3);
    for key in copies {
        let mut record: serde_json::Value = serde_json::from_slice(&disk[&key]).unwrap();
        let labels = record["resource"]["labels"].as_object_mut().unwrap();
        assert!(labels.remove(labels::ORIGIN).is_some());
        disk.insert(key, serde_json::to_vec(&record).unwrap());
    }
    pair.start_zone("east");
    pair.run_for(5000);
}

fn sessions(pair: &Pair) -> usize {
    pair.log.iter().filter(|line| line.contains("Dial {")).count()
}

#[test]
fn sync_goes_on_in_one_session() {
    let mut pair = synced();
    labels_are_lost(&mut pair);
    let before = sessions(&pair);
    pair.edit(vec![Change::Put(timeout("a", 7)), Change::Delete(timeout("b", 1).key), Change::Put(timeout("c", 1))]).unwrap();
    pair.run_for(60_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["a", "c"]);
    let held = pair.zone_node("east").view().resources.values().find(|held| held.display_name() == "a").unwrap().clone();
    assert_eq!(held.spec.value().unwrap()["to"][0]["default"]["connectionTimeout"], "7s");
    assert_eq!(held.origin(), Some(Origin::Global), "with the next version the label is back");
    assert_eq!(sessions(&pair), before);
    assert!(pair.zone_node("east").observe().peers[&zone("east")].rejected.is_empty());
}

#[test]
fn and_the_zones_users_cannot_take_it() {
    let mut pair = synced();
    labels_are_lost(&mut pair);
    let mut copy = timeout("a", 9);
    copy.key.name = ResourceName::new(&hashed_name("default", "a", &[])).unwrap();
    assert!(matches!(pair.edit_zone("east", vec![Change::Put(copy.clone())]), Err(EditRefused::NotOwner { .. })));
    assert!(matches!(pair.edit_zone("east", vec![Change::Delete(copy.key)]), Err(EditRefused::NotOwner { .. })));
}
