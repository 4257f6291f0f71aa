//! Stores stay bounded under endless edits and removals, and whoever was away longer than they remember is sent everything.
use crate::pair::{Pair, mesh, service, timeout};
use strait_core::{Durable, node::*};

fn records(disk: &Durable, prefix: &str) -> usize {
    disk.keys().filter(|key| key.0.starts_with(prefix)).count()
}

fn global_disk(pair: &Pair) -> &Durable {
    &pair.global.as_ref().unwrap().disk
}

/// Global that remembers at least ten removals, and a zone that holds two policies.
fn synced() -> Pair {
    let mut pair = Pair::new(&[]);
    pair.remembered_removals = 10;
    pair.stop_global();
    pair.start_global();
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(timeout("stays", 1)), Change::Put(timeout("goes", 1))]).unwrap();
    pair.start_zone("east");
    pair.run_for(5000);
    pair.full_transfers = 0;
    pair
}

fn make_and_remove(pair: &mut Pair, names: std::ops::Range<u32>) {
    for n in names {
        pair.edit(vec![Change::Put(timeout(&format!("t{n}"), 1))]).unwrap();
        pair.edit(vec![Change::Delete(timeout(&format!("t{n}"), 1).key)]).unwrap();
    }
}

#[test]
fn one_name_made_and_removed_for_ever_takes_one_record() {
    let mut pair = synced();
    let before = global_disk(&pair).len();
    for _ in 0..500 {
        make_and_remove(&mut pair, 0..1);
    }
    assert_eq!(global_disk(&pair).len(), before + 1);
}

#[test]
fn ever_new_names_take_no_more_than_is_remembered() {
    let mut pair = synced();
    make_and_remove(&mut pair, 0..500);
    pair.run_for(5000);
    make_and_remove(&mut pair, 500..501);
    assert!(records(global_disk(&pair), "gone/") <= 12, "{}", records(global_disk(&pair), "gone/"));
    assert_eq!(pair.full_transfers, 0, "who is there hears of everything");
    assert_eq!(pair.held("east", "MeshTimeout"), ["goes", "stays"]);
}

#[test]
fn nor_while_a_zone_is_away_for_ever() {
    let mut pair = synced();
    pair.stop_zone("east");
    make_and_remove(&mut pair, 0..500);
    let most = records(global_disk(&pair), "gone/");
    assert!((30..=42).contains(&most), "four times as many are remembered for it, not more: {most}");
}

#[test]
fn a_zone_that_was_away_for_less_gets_what_changed() {
    let mut pair = synced();
    pair.stop_zone("east");
    pair.edit(vec![Change::Delete(timeout("goes", 1).key)]).unwrap();
    make_and_remove(&mut pair, 0..20);
    pair.start_zone("east");
    pair.run_for(20_000);
    assert_eq!((pair.full_transfers, pair.held("east", "MeshTimeout")), (0, vec!["stays".to_owned()]));
}

#[test]
fn a_zone_that_was_away_for_more_gets_everything_and_drops_what_went() {
    let mut pair = synced();
    pair.stop_zone("east");
    pair.edit(vec![Change::Delete(timeout("goes", 1).key)]).unwrap();
    make_and_remove(&mut pair, 0..100);
    pair.stop_global();
    pair.start_global();
    pair.start_zone("east");
    pair.run_for(20_000);
    assert_eq!((pair.full_transfers, pair.held("east", "MeshTimeout")), (1, vec!["stays".to_owned()]));
    let frozen = &pair.zone_node("east");
    assert_eq!(strait_core::Node::observe(*frozen).peers.values().filter_map(|peer| peer.consumed.frozen).count(), 0);
}

#[test]
fn what_was_forgotten_and_is_made_again_is_held() {
    let mut pair = synced();
    pair.stop_zone("east");
    pair.edit(vec![Change::Delete(timeout("goes", 1).key)]).unwrap();
    make_and_remove(&mut pair, 0..100);
    pair.edit(vec![Change::Put(timeout("goes", 9)), Change::Put(timeout("t3", 9))]).unwrap();
    pair.start_zone("east");
    pair.run_for(20_000);
    assert_eq!(pair.held("east", "MeshTimeout"), ["goes", "stays", "t3"]);
    pair.edit(vec![Change::Delete(timeout("t3", 9).key)]).unwrap();
    pair.run_for(5000);
    assert_eq!((pair.full_transfers, pair.held("east", "MeshTimeout").len()), (1, 2));
}

#[test]
fn the_same_holds_for_what_a_zone_announces() {
    let mut pair = synced();
    pair.zone_removals = 10;
    pair.stop_zone("east");
    pair.start_zone("east");
    pair.run_for(5000);
    pair.edit_zone("east", vec![Change::Put(service("goes")), Change::Put(service("stays"))]).unwrap();
    pair.run_for(5000);
    pair.stop_global();
    pair.edit_zone("east", vec![Change::Delete(service("goes").key)]).unwrap();
    for n in 0..200 {
        pair.edit_zone("east", vec![Change::Put(service(&format!("s{n}")))]).unwrap();
        pair.edit_zone("east", vec![Change::Delete(service(&format!("s{n}")).key)]).unwrap();
    }
    let most = records(&pair.zones.values().flatten().next().unwrap().disk, "gone/");
    assert!((30..=42).contains(&most), "{most}");
    pair.start_global();
    pair.run_for(30_000);
    assert_eq!(pair.held_by_global("MeshService").len(), 1);
}

#[test]
fn starts_are_not_remembered_for_ever_either() {
    let mut pair = synced();
    for n in 0..400 {
        pair.stop_global();
        pair.start_global();
        pair.edit(vec![Change::Put(timeout("stays", n + 2))]).unwrap();
        pair.run_for(12_000);
    }
    let bytes = global_disk(&pair)[&strait_core::StoreKey("meta/lineage".to_owned())].len();
    assert!(bytes < 8000, "{bytes} bytes");
    assert_eq!(pair.full_transfers, 0);
    pair.edit(vec![Change::Put(timeout("late", 1))]).unwrap();
    pair.run_for(30_000);
    assert_eq!((pair.full_transfers, pair.held("east", "MeshTimeout").len()), (0, 3));
}

#[test]
fn and_who_was_away_for_more_of_them_keeps_what_it_has_and_says_so() {
    let mut pair = synced();
    pair.stop_zone("east");
    for n in 0..300 {
        pair.stop_global();
        pair.start_global();
        pair.edit(vec![Change::Put(timeout("stays", n + 2))]).unwrap();
    }
    pair.start_zone("east");
    pair.run_for(30_000);
    let status = &strait_core::Node::observe(pair.zone_node("east")).peers.values().next().unwrap().consumed;
    assert_eq!((status.frozen, pair.held("east", "MeshTimeout").len()), (Some(FreezeReason::Forked), 2));
}
