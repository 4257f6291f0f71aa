//! A zone that lost its store goes on from the history that its cluster knows; it tells global of all that it has once all is here again.
use crate::written::{Written, custom, followed, service};
use serde_json::json;
use strait_core::{
    Node as _,
    kubernetes::{CustomKind, News, ObjectKind},
    node::{Change, ZoneInput},
    sync::{Dialect, Lane, Lineage, Position, Request, RequestBody, ResponseBody, Session},
};

/// Global asks, and holds this.
fn asks(world: &mut Written, session: u64, held: Option<Position>) {
    world.said.clear();
    let hello = crate::alone::hello("east", None);
    let body = RequestBody::SubscribeAll { hello, held, staged: None, rejected: Vec::new() };
    world.input(ZoneInput::Request(Session(session), Request { lane: Lane::Up, body }));
}

fn history(world: &Written) -> Lineage {
    let said = world.said.iter().find_map(|body| if let ResponseBody::History { lineage } = body { Some(lineage.clone()) } else { None });
    said.unwrap_or_else(|| panic!("no history: {:?}", world.said))
}

fn resources(world: &Written) -> Vec<String> {
    let put = world.said.iter().filter_map(|body| if let ResponseBody::Resources { put, .. } = body { Some(put) } else { None });
    put.flatten().map(|resource| resource.display_name().to_owned()).collect()
}

#[test]
fn and_goes_on_from_its_history() {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    world.edit(Change::Put(service("by-hand"))).unwrap().unwrap();
    world.work();
    let before = world.node.as_ref().unwrap().observe().head.unwrap();

    world.disk.clear();
    world.start();
    // It waits a little for what the cluster says.
    world.has_dialed();
    world.run_for(5_000);
    assert!(!world.has_dialed());
    world.list(ObjectKind::ConfigMap);
    world.run_for(1_000);
    assert!(world.has_dialed());
    world.sessions += 1;
    let session = world.sessions;
    world.input(ZoneInput::Dialed(Ok((Session(session), Dialect::Strait))));
    asks(&mut world, session, Some(before));
    let lineage = history(&world);
    assert_eq!(lineage.standing(before), strait_core::sync::Standing::Contained);
    assert!(lineage.head().seq > before.seq);
    assert_eq!(resources(&world), Vec::<String>::new());

    // As a plain Kuma would say it: it has the mesh.
    world.input(ZoneInput::Closed { session: Session(session), why: None });
    world.run_for(20_000);
    world.connect();
    world.said.clear();
    followed().filter(|kind| *kind != custom("MeshService")).for_each(|kind| world.list(kind));
    assert_eq!(resources(&world), Vec::<String>::new());
    let session = world.sessions;
    world.input(ZoneInput::Closed { session: Session(session), why: None });
    world.run_for(20_000);
    world.sessions += 1;
    let session = world.sessions;
    world.input(ZoneInput::Dialed(Ok((Session(session), Dialect::Strait))));
    asks(&mut world, session, Some(before));
    assert_eq!(resources(&world), Vec::<String>::new(), "not all is known: its services were not listed");
    world.list(custom("MeshService"));
    assert_eq!(resources(&world), ["by-hand"], "what users wrote here is here again, as its copy says");
    world.work();
    world.settle();
    world.check();
}

#[test]
fn one_that_is_new_joins_also_while_the_api_is_away() {
    let mut world = Written::new();
    world.has_dialed();
    world.run_for(9_000);
    assert!(!world.has_dialed());
    world.run_for(2_000);
    assert!(world.has_dialed());
}

#[test]
fn a_history_that_cannot_be_read_is_replaced() {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    let id = crate::api::id(ObjectKind::ConfigMap, "kuma-system", "strait-history-east");
    world.api.edit(&id, |value| value["data"] = json!({"lineage": "long ago"}));
    world.disk.clear();
    world.start();
    world.hear(News::Defined(CustomKind::all().collect()));
    world.list_all();
    world.work();
    let said = world.api.objects[&id]["data"]["lineage"].as_str().unwrap().to_owned();
    let lineage: Lineage = serde_json::from_str(&said).unwrap();
    let head = world.node.as_ref().unwrap().observe().head.unwrap();
    assert_eq!(lineage.newest_epoch(), head.epoch);
    assert!(lineage.head().seq >= head.seq);
}

/// What says whom others are to trust in a domain.
fn trust(authority: &str) -> strait_core::resource::Resource {
    let text = json!({
        "type": "MeshTrust", "mesh": "default", "name": "all",
        "spec": {"trustDomain": "default.east.mesh.local", "caBundles": [{"type": "Pem", "pem": {"value": authority}}]},
    });
    strait_core::resource::from_json(&text).unwrap()
}

#[test]
fn authorities_of_before_are_trusted_beside_the_new_one() {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    world.edit(Change::Put(trust("before"))).unwrap().unwrap();
    world.work();

    world.disk.clear();
    world.start();
    world.list(ObjectKind::ConfigMap);
    world.run_for(1_000);
    world.connect();
    // Before its copy is known there is another one.
    world.edit(Change::Put(trust("new"))).unwrap().unwrap();
    followed().for_each(|kind| world.list(kind));
    world.work();
    let view = &world.node.as_ref().unwrap().observe().view;
    let held = view.resources.values().find(|held| held.kind().as_str() == "MeshTrust").unwrap();
    let bundles = held.spec.value().unwrap()["caBundles"].as_array().unwrap().iter().map(|bundle| bundle["pem"]["value"].clone());
    assert_eq!(bundles.collect::<Vec<_>>(), ["new", "before"]);
    world.settle();
    world.check();
}
