//! A zone that loses a mesh loses it in one transfer, with all that is in it, and nobody else is sent anything.
use crate::{
    a_zone_holds_exactly_what_is_for_it::zones_of,
    pair::{Pair, mesh, service, timeout, zone},
};
use serde_json::json;
use strait_core::{node::*, resource::*};

fn secret(mesh: &str, name: &str) -> Resource {
    let key = Key { kind: Kind::new("Secret").unwrap(), mesh: Some(MeshName::new(mesh).unwrap()), name: ResourceName::new(name).unwrap() };
    Resource { key, labels: Labels::new(), spec: Spec::new(json!({"data": "c2VjcmV0"})), status: None }
}

fn in_payments(mut policy: Resource) -> Resource {
    policy.key.mesh = Some(MeshName::new("payments").unwrap());
    policy
}

/// Two zones that hold two meshes.
fn synced() -> Pair {
    let mut pair = Pair::new(&["east", "west"]);
    let policies = (0..20).flat_map(|n| [timeout(&format!("t{n}"), 1), in_payments(timeout(&format!("t{n}"), 1))]);
    let all = [mesh("default"), mesh("payments"), secret("default", "one"), secret("payments", "two")].into_iter().chain(policies);
    pair.edit(all.map(Change::Put).collect()).unwrap();
    pair.run_for(5000);
    pair.resources_sent.clear();
    pair.parts_sent = 0;
    pair.log.clear();
    pair
}

fn only_for(pair: &mut Pair, zones: &[&str]) {
    pair.edit(vec![Change::Put(zones_of("payments", "who", json!({ "zones": zones })))]).unwrap();
}

fn meshes(pair: &Pair, at: &str) -> Vec<String> {
    pair.held(at, "Mesh")
}

#[test]
fn what_is_lost_goes_and_the_others_are_sent_nothing() {
    let mut pair = synced();
    only_for(&mut pair, &["west"]);
    pair.run_for(1000);
    assert_eq!(
        (meshes(&pair, "east"), meshes(&pair, "west")),
        (vec!["default".to_owned()], vec!["default".to_owned(), "payments".to_owned()])
    );
    assert_eq!(pair.held("east", "Secret"), ["one"]);
    // The mesh, its secret, and its 20 policies; to east alone.
    assert_eq!(pair.resources_sent.iter().sum::<usize>(), 22);
    let disk = &pair.zones[&zone("east")].as_ref().unwrap().disk;
    assert!(disk.keys().all(|key| !key.0.contains("payments")), "nothing of it is left on the disk");
    pair.resources_sent.clear();
    only_for(&mut pair, &["west", "east"]);
    pair.run_for(1000);
    assert_eq!((pair.held("east", "Secret").len(), pair.held("east", "MeshTimeout").len()), (2, 40));
    assert_eq!(pair.resources_sent.iter().sum::<usize>(), 22);
}

#[test]
fn what_it_had_announced_there_reaches_nobody_also_while_it_is_away() {
    let mut pair = synced();
    let both = [service("here"), in_payments(service("there"))];
    pair.edit_zone("west", both.map(Change::Put).to_vec()).unwrap();
    pair.run_for(1000);
    assert_eq!(pair.held("east", "MeshService").len(), 2);
    pair.stop_zone("west");
    pair.resources_sent.clear();
    only_for(&mut pair, &["east"]);
    pair.run_for(1000);
    let held = |pair: &Pair| pair.held("east", "MeshService");
    assert_eq!((held(&pair), pair.resources_sent.iter().sum::<usize>()), (vec!["here".to_owned()], 1));
    only_for(&mut pair, &["east", "west"]);
    pair.run_for(1000);
    assert_eq!(held(&pair).len(), 2);
    // A zone that is away meanwhile gets the difference.
    pair.stop_zone("east");
    only_for(&mut pair, &["east"]);
    pair.start_zone("east");
    pair.run_for(30_000);
    assert_eq!(held(&pair), ["here"]);
}

#[test]
fn at_no_moment_does_a_zone_show_half_a_mesh() {
    let mut pair = synced();
    let before = pair.zones[&zone("east")].as_ref().unwrap().observed.len();
    only_for(&mut pair, &[]);
    pair.run_for(1000);
    let east = pair.zones[&zone("east")].as_ref().unwrap();
    let dropped: Vec<usize> =
        (before..east.observed.len()).filter(|at| matches!(east.observed[*at], ObservationChange::Dropped(_))).collect();
    assert_eq!(dropped.len(), 22);
    assert_eq!(dropped[21] - dropped[0], 21, "one after the other, with nothing known in between");
}

#[test]
fn what_turned_and_turned_back_while_a_zone_was_away_is_no_news() {
    let mut pair = synced();
    pair.stop_zone("east");
    only_for(&mut pair, &["west"]);
    only_for(&mut pair, &["east", "west"]);
    pair.edit(vec![Change::Put(in_payments(timeout("t3", 9)))]).unwrap();
    pair.run_for(5000);
    pair.resources_sent.clear();
    pair.start_zone("east");
    pair.run_for(30_000);
    assert_eq!(pair.resources_sent, [1]);
}

#[test]
fn a_zone_that_never_held_a_mesh_does_not_hear_what_went_with_it() {
    let mut pair = synced();
    only_for(&mut pair, &["west"]);
    pair.run_for(5000);
    pair.log.clear();
    pair.stop_zone("east");
    let gone = [Change::Delete(in_payments(timeout("t3", 1)).key), Change::Delete(mesh("payments").key)];
    pair.edit(gone.to_vec()).unwrap();
    pair.start_zone("east");
    pair.run_for(30_000);
    let told: Vec<_> = pair.log.iter().filter(|line| line.contains("global Response") && line.contains("gone: [Key")).collect();
    assert_eq!(told.len(), told.iter().filter(|line| line.contains("Mesh")).count());
    assert_eq!((meshes(&pair, "east"), meshes(&pair, "west")), (vec!["default".to_owned()], vec!["default".to_owned()]));
    assert_eq!(pair.held("east", "MeshTimeout").len(), 20);
}

#[test]
fn a_transfer_under_way_is_not_sent_on() {
    let mut pair = synced();
    pair.stop_zone("east");
    // Large enough for several windows: the first parts leave before the mesh is taken away.
    let body = |n: usize| {
        let mut policy = in_payments(timeout(&format!("large-{n}"), 1));
        policy.labels.insert("note".to_owned(), "x".repeat(200 * 1024));
        Change::Put(policy)
    };
    for n in 0..40 {
        pair.edit(vec![body(n)]).unwrap();
    }
    pair.run_for(5000);
    pair.budget = Some(1);
    pair.start_zone("east");
    pair.run_for(2000);
    assert!(pair.cut, "the transfer was cut off after its first part");
    only_for(&mut pair, &["west"]);
    pair.run_for(20_000);
    pair.log.clear();
    pair.budget = None;
    pair.heal();
    pair.run_for(40_000);
    assert_eq!(meshes(&pair, "east"), ["default"]);
    let put: Vec<_> = pair.log.iter().filter(|line| line.contains("global Response") && line.contains("put: [Resource")).collect();
    assert!(put.is_empty(), "{} responses with resources were sent after the mesh was taken away", put.len());
}

#[test]
fn what_decides_it_is_never_sent() {
    let mut pair = synced();
    only_for(&mut pair, &["west"]);
    pair.operate(Operation::Disable(zone("west")));
    pair.run_for(5000);
    for at in ["east", "west"] {
        assert_eq!((pair.held(at, "MeshZones").len(), pair.held(at, "Zone").len()), (0, 0));
    }
    let of_zone = pair.edit_zone("west", vec![Change::Put(zones_of("default", "mine", json!({"zones": ["west"]})))]);
    assert!(matches!(of_zone, Err(EditRefused::NotOwner { .. })), "{of_zone:?}");
}
