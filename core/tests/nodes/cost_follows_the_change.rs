//! What travels is what changed: counted, not timed.
use crate::pair::{Pair, mesh, service, timeout};
use strait_core::{
    node::Change,
    resource::{Kind, Spec},
};

const HELD: u32 = 500;

/// A zone that holds many policies.
fn synced() -> Pair {
    let mut pair = Pair::new(&["east"]);
    let changes = (0..HELD).map(|n| Change::Put(timeout(&format!("t{n}"), 1)));
    pair.edit([Change::Put(mesh("default"))].into_iter().chain(changes).collect()).unwrap();
    pair.run_for(5000);
    pair.resources_sent.clear();
    pair.parts_sent = 0;
    pair
}

#[test]
fn one_edit_is_one_part_with_one_resource() {
    let mut pair = synced();
    pair.edit(vec![Change::Put(timeout("t7", 9))]).unwrap();
    pair.run_for(60_000);
    assert_eq!((pair.parts_sent, pair.resources_sent.as_slice()), (1, &[1][..]));
}

#[test]
fn a_reconnect_with_nothing_new_sends_no_resource() {
    let mut pair = synced();
    pair.stop_zone("east");
    pair.start_zone("east");
    pair.run_for(60_000);
    assert_eq!(pair.resources_sent, Vec::<usize>::new());
}

#[test]
fn a_restart_of_global_sends_no_resource() {
    let mut pair = synced();
    pair.stop_global();
    pair.start_global();
    pair.run_for(60_000);
    assert_eq!(pair.resources_sent, Vec::<usize>::new());
}

#[test]
fn many_edits_of_few_resources_while_a_zone_is_away_travel_as_their_net_change() {
    let mut pair = synced();
    pair.stop_zone("east");
    for round in 2..50 {
        pair.edit(vec![Change::Put(timeout("t1", round)), Change::Put(timeout("t2", round))]).unwrap();
    }
    pair.edit(vec![Change::Delete(timeout("t3", 1).key), Change::Delete(timeout("t4", 1).key)]).unwrap();
    pair.edit(vec![Change::Put(timeout("t4", 5))]).unwrap();
    pair.start_zone("east");
    pair.run_for(60_000);
    // t1, t2 and t4 with their last bodies, and the removal of t3.
    assert_eq!(pair.resources_sent, [4]);
}

#[test]
fn an_edit_that_changes_nothing_sends_nothing() {
    let mut pair = synced();
    pair.edit(vec![Change::Put(timeout("t7", 1)), Change::Delete(timeout("never-there", 1).key)]).unwrap();
    pair.run_for(60_000);
    assert_eq!(pair.parts_sent, 0);
}

/// An insight counts signs of life, which stay in the zone.
#[test]
fn a_count_that_does_not_travel_moves_nothing() {
    let mut pair = synced();
    let insight = |generation: u32, id: &str| {
        let mut insight = service("insight");
        insight.key.kind = Kind::new("DataplaneInsight").unwrap();
        insight.spec = Spec::new(serde_json::json!({"subscriptions": [{"id": id, "generation": generation}]}));
        vec![Change::Put(insight)]
    };
    let sent = |pair: &Pair| {
        pair.log.iter().filter(|line| line.contains("Response(") && line.contains("kind: Kind(\"DataplaneInsight\")")).count()
    };
    pair.edit_zone("east", insight(1, "a")).unwrap();
    pair.run_for(10_000);
    assert_eq!(sent(&pair), 1);
    for generation in 2..20 {
        pair.edit_zone("east", insight(generation, "a")).unwrap();
        pair.run_for(10_000);
    }
    assert_eq!(sent(&pair), 1, "a count travelled");
    pair.edit_zone("east", insight(20, "b")).unwrap();
    pair.run_for(10_000);
    assert_eq!(sent(&pair), 2, "what does travel did not");
    // And nothing of it is left over for a new session.
    pair.stop_zone("east");
    pair.start_zone("east");
    pair.run_for(10_000);
    assert_eq!(sent(&pair), 2);
}
