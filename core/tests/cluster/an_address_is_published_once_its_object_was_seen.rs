//! A zone in a cluster tells nobody of an address before there is an object of it in the cluster; so nobody else gives it, and a service has it for good.
use crate::{
    api::id,
    written::{Written, followed, union},
};
use serde_json::json;
use std::net::Ipv4Addr;
use strait_core::{
    kubernetes::{NotDone, ObjectId, ObjectKind},
    node::VipState,
};

fn zone() -> Written {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    world
}

fn object(last: u8) -> ObjectId {
    id(ObjectKind::ConfigMap, "kuma-system", &format!("strait-vip-243-0-0-{last}"))
}

fn address(world: &Written, name: &str) -> Option<Ipv4Addr> {
    let state = world.vips().into_iter().find(|(service, _)| service.name == name).map(|(_, state)| state)?;
    if let VipState::Given(address) = state { Some(address) } else { None }
}

fn unknown() -> NotDone {
    NotDone::Unknown { why: "away".to_owned(), wait_ms: 0 }
}

#[test]
fn and_not_before() {
    let mut world = zone();
    world.put(union("a"));
    assert_eq!((world.asked.len(), address(&world, "a")), (1, None));
    // It is there, and nobody says so, until it is told by the watch.
    world.answer(0, |_| Err(unknown()));
    assert_eq!(address(&world, "a"), None);
    world.watch(ObjectKind::ConfigMap, 10);
    assert_eq!(address(&world, "a"), Some(Ipv4Addr::new(243, 0, 0, 0)));
    world.put(union("b"));
    world.run_for(60_000);
    world.answer(0, |outcome| outcome);
    assert_eq!(address(&world, "b"), Some(Ipv4Addr::new(243, 0, 0, 1)));
}

#[test]
fn while_the_api_is_away_there_are_no_new_ones_and_those_that_are_stay() {
    let mut world = zone();
    world.put(union("a"));
    world.work();
    world.start();
    world.connect();
    world.put(union("a"));
    world.put(union("b"));
    world.run_for(600_000);
    assert_eq!((address(&world, "a"), address(&world, "b")), (Some(Ipv4Addr::new(243, 0, 0, 0)), None));
    assert_eq!(world.asked, Vec::new());
    world.list_all();
    world.work();
    assert_eq!(address(&world, "b"), Some(Ipv4Addr::new(243, 0, 0, 1)));
}

#[test]
fn whoever_was_faster_has_it() {
    let mut world = zone();
    // Another zone in the same cluster, and a process of this one of which nothing is known here.
    let of = |zone: &str, name: &str| {
        let service = json!({"mesh": "default", "kind": "MeshMultiZoneService", "name": name}).to_string();
        json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "strait-zone"}}, "data": {"zone": zone, "service": service}})
    };
    world.api.apply(&object(0), of("west", "a"));
    world.api.apply(&object(1), of("east", "else"));
    world.put(union("a"));
    world.settle();
    assert_eq!(address(&world, "a"), Some(Ipv4Addr::new(243, 0, 0, 2)));
    // One that does not say that it is a zone's is in the way as well.
    world.api.apply(&object(3), json!({"metadata": {}}));
    world.put(union("b"));
    world.settle();
    assert_eq!(address(&world, "b"), Some(Ipv4Addr::new(243, 0, 0, 4)));
    assert_eq!(world.api.objects[&object(0)]["data"]["zone"], "west");
    assert_eq!(world.api.objects[&object(3)]["data"], json!(null));
    world.check();
}

#[test]
fn an_object_that_somebody_deletes_or_edits_is_put_back() {
    let mut world = zone();
    world.put(union("a"));
    world.work();
    world.api.delete(&object(0));
    world.settle();
    world.check();
    world.api.edit(&object(0), |value| value["data"]["service"] = json!("nonsense"));
    world.settle();
    world.check();
    assert_eq!(address(&world, "a"), Some(Ipv4Addr::new(243, 0, 0, 0)));
}

#[test]
fn a_service_that_comes_back_has_its_own_and_another_process_too() {
    let mut world = zone();
    ["a", "b"].into_iter().for_each(|name| world.put(union(name)));
    world.work();
    world.delete(&union("a").key);
    world.settle();
    assert_eq!(address(&world, "a"), None);
    // Nothing is known here any more, but for what the cluster has.
    world.disk.clear();
    world.start();
    world.connect();
    assert_eq!((address(&world, "a"), address(&world, "b")), (None, None));
    followed().for_each(|kind| world.list(kind));
    world.settle();
    assert_eq!(address(&world, "b"), Some(Ipv4Addr::new(243, 0, 0, 1)));
    // It hung up, to say which history it goes on from.
    world.connect();
    world.put(union("a"));
    world.settle();
    assert_eq!(address(&world, "a"), Some(Ipv4Addr::new(243, 0, 0, 0)));
    world.check();
}
