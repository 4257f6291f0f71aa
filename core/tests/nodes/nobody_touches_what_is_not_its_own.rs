//! Nobody deletes, overwrites or shadows what is not its own, whenever it was written.
use super::moves::*;
use crate::alone::{Alone, from_global, kind, mesh, resource, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn a_zone_cannot_delete_what_is_globals() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("mine", 1))]));
    let l = lineage(7, 2);
    strait_session(&mut g, "east", 1, &l, None);
    g.input(up(1, part("MeshRetry", "1", vec![], vec![], None, at(7, 1), 0, true)));
    g.input(up(1, part("MeshRetry", "2", vec![], vec![retry("mine", 1).key, mesh("default").key], Some(at(7, 1)), at(7, 2), 0, true)));
    assert!(holds(&g, &retry("mine", 1).key) && holds(&g, &mesh("default").key), "a zone deleted global's own");
}

#[test]
fn deleting_what_was_refused_takes_nothing_of_others() {
    use crate::pair::{Pair, mesh, timeout};
    let mut pair = Pair::new(&["east"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(10_000);
    pair.edit_zone("east", vec![Change::Put(timeout("t", 1))]).unwrap();
    pair.run_for(10_000);
    let wire = pair.held_by_global("MeshTimeout")[0].clone();
    pair.edit_zone("east", vec![Change::Delete(timeout("t", 1).key)]).unwrap();
    pair.run_for(10_000);
    // An operator of global takes that name.
    pair.edit(vec![Change::Put(timeout(&wire, 2))]).unwrap();
    pair.run_for(10_000);
    pair.edit_zone("east", vec![Change::Put(timeout("t", 1))]).unwrap();
    pair.run_for(10_000);
    pair.edit_zone("east", vec![Change::Delete(timeout("t", 1).key)]).unwrap();
    pair.run_for(10_000);
    assert_eq!(pair.held_by_global("MeshTimeout"), [wire]);
}

#[test]
fn an_unadmitted_kuma_peer_cannot_wipe_what_a_strait_zone_announced() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    strait_session(&mut g, "east", 1, &lineage(7, 1), None);
    let svc = resource("MeshService", Some("default"), "s", serde_json::json!({"selector": {}, "ports": [{"port": 80}]}));
    g.input(up(1, part("MeshService", "1", vec![svc.clone()], vec![], None, at(7, 1), 0, true)));
    assert!(holds(&g, &svc.key));
    let _said = g.input(GlobalInput::Opened { session: Session(2), zone: zone("east"), dialect: Dialect::Kuma });
    g.input(up(
        2,
        ResponseBody::Resources { kind: kind("MeshService"), nonce: Nonce("1".into()), put: vec![], gone: vec![], transfer: None },
    ));
    assert!(holds(&g, &svc.key), "wiped by a peer nobody admitted");
}

#[test]
fn a_staged_part_does_not_overwrite_what_global_wrote_meanwhile() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    strait_session(&mut g, "east", 1, &lineage(7, 1), None);
    g.input(up(1, part("MeshRetry", "1", vec![retry("mine", 9)], vec![], None, at(7, 1), 0, false)));
    g.input(edit(vec![Change::Put(retry("mine", 1))]));
    let before = g.node.view().resources[&retry("mine", 1).key].clone();
    g.input(up(1, part("MeshRetry", "2", vec![], vec![], None, at(7, 1), 1, true)));
    assert_eq!(g.node.view().resources[&retry("mine", 1).key], before);
}

#[test]
fn nor_what_a_user_of_the_zone_wrote_meanwhile() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(dialed(1, Dialect::Strait));
    east.input(to_zone(1, ResponseBody::History { lineage: lineage(5, 2) }));
    east.input(to_zone(1, part("Mesh", "1", vec![from_global(mesh("default")).as_ref().clone()], vec![], None, at(5, 1), 0, true)));
    let theirs = from_global(retry("a", 9)).as_ref().clone();
    east.input(to_zone(1, part("MeshRetry", "2", vec![theirs], vec![], Some(at(5, 1)), at(5, 2), 0, false)));
    east.input(ZoneInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(retry("a", 1))] });
    let before = east.node.view().resources[&retry("a", 1).key].clone();
    east.input(to_zone(1, part("MeshTimeout", "3", vec![], vec![], Some(at(5, 1)), at(5, 2), 1, true)));
    assert_eq!(east.node.view().resources[&retry("a", 1).key], before);
}
