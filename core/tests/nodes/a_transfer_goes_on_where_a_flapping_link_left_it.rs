//! Parts that arrived are set aside, and the next session goes on after them.
use crate::pair::{Pair, mesh, timeout};
use strait_core::{node::Change, resource::Spec};

/// About eight megabytes of policies, each of which is a part of its own.
fn large_catalog(pair: &mut Pair) {
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    let filler = "x".repeat(100_000);
    let changes = (0..80)
        .map(|n| {
            let mut policy = timeout(&format!("t{n:02}"), 1);
            let mut value = policy.spec.value().unwrap().clone();
            value["filler"] = filler.clone().into();
            policy.spec = Spec::new(value);
            Change::Put(policy)
        })
        .collect();
    pair.edit(changes).unwrap();
}

#[test]
fn so_that_it_gets_there_although_every_session_dies_halfway() {
    let mut pair = Pair::new(&[]);
    large_catalog(&mut pair);
    pair.budget = Some(0);
    pair.start_zone("east");
    let mut sessions = 0;
    while pair.held("east", "MeshTimeout").is_empty() {
        sessions += 1;
        assert!(sessions < 20, "the transfer does not get there");
        pair.heal();
        pair.budget = Some(6);
        pair.run_for(30_000);
    }
    assert_eq!(pair.held("east", "MeshTimeout").len(), 80);
    assert!(sessions >= 4, "the catalog was meant to need several sessions: {sessions}");
}

#[test]
fn and_nothing_of_it_is_visible_before_its_last_part() {
    let mut pair = Pair::new(&[]);
    large_catalog(&mut pair);
    pair.start_zone("east");
    pair.budget = Some(3);
    pair.run_for(5000);
    assert_eq!(pair.held("east", "Mesh"), Vec::<String>::new());
    assert_eq!(pair.held("east", "MeshTimeout"), Vec::<String>::new());
}

#[test]
fn and_a_transfer_that_leads_elsewhere_by_then_begins_anew() {
    let mut pair = Pair::new(&[]);
    large_catalog(&mut pair);
    pair.start_zone("east");
    pair.budget = Some(3);
    pair.run_for(5000);
    pair.stop_global();
    pair.start_global();
    pair.edit(vec![Change::Put(timeout("late", 7)), Change::Delete(timeout("t00", 1).key)]).unwrap();
    pair.budget = None;
    pair.heal();
    pair.run_for(60_000);
    let held = pair.held("east", "MeshTimeout");
    assert_eq!(held.len(), 80);
    assert!(held.contains(&"late".to_owned()) && !held.contains(&"t00".to_owned()));
}
