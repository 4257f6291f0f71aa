//! A copy of what the zone holds is the zone's to write: once for each change, put back when somebody edits it, and gone with what it is a copy of.
use crate::{
    alone::resource,
    api::id,
    manifests::{namespace, pod, service},
    written::{Written, applied, custom, followed, timeout},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use strait_core::{
    kubernetes::{CustomKind, News, NotDone, ObjectId, ObjectKind},
    node::{FromProxy, ProxySession, ProxyVersion, ZoneInput},
    resource::{MeshName, ResourceName},
};

fn copy(name: &str) -> ObjectId {
    id(custom("MeshTimeout"), "kuma-system", name)
}

/// All is listed, and global has so many policies.
fn with_policies(number: u8) -> Written {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    (0..number).for_each(|number| world.put(timeout(&format!("policy-{number}"), 1)));
    world.work();
    world
}

fn seconds(world: &Written, name: &str) -> Value {
    world.api.objects[&copy(name)]["spec"]["to"][0]["default"]["http"]["requestTimeout"].clone()
}

#[test]
fn each_change_is_one_write_at_any_number() {
    let mut world = with_policies(200);
    assert_eq!(world.api.copies(custom("MeshTimeout")).len(), 200);
    let before = world.api.writes;
    world.put(timeout("policy-7", 9));
    assert_eq!(world.asked.len(), 1, "{:?}", world.asked);
    world.work();
    assert_eq!((world.api.writes, seconds(&world, "policy-7")), (before + 1, json!("9s")));
    world.delete(&timeout("policy-7", 9).key);
    world.work();
    assert_eq!((world.api.writes, world.api.copies(custom("MeshTimeout")).len()), (before + 2, 199));
    // What is written does not come back as something new, also after a restart: that it began is written.
    world.start();
    world.connect();
    (0..200).filter(|number| *number != 7).for_each(|number| world.put(timeout(&format!("policy-{number}"), 1)));
    world.list_all();
    world.work();
    assert_eq!(world.api.writes, before + 3);
}

#[test]
fn no_more_than_some_are_asked_for_at_a_time() {
    let mut world = Written::new();
    world.connect();
    world.list_all();
    world.work();
    (0..100).for_each(|number| world.put(timeout(&format!("policy-{number}"), 1)));
    assert_eq!(world.asked.len(), 8);
    // While the API does not answer, one asks for all.
    for _ in 0..8 {
        world.refuse(0, NotDone::Unknown { why: "away".to_owned(), wait_ms: 0 });
    }
    assert_eq!(world.asked.len(), 0);
    world.run_for(600);
    assert_eq!(world.asked.len(), 1);
    world.answer(0, |outcome| outcome);
    assert_eq!(world.asked.len(), 8);
    world.work();
    assert_eq!(world.api.copies(custom("MeshTimeout")).len(), 100);
}

#[test]
fn it_is_put_back_and_whoever_edits_it_on_and_on_is_not_outrun() {
    let mut world = with_policies(1);
    world.api.edit(&copy("policy-0"), |value| value["spec"] = json!({}));
    world.work();
    assert_eq!(seconds(&world, "policy-0"), "1s");
    // Also if somebody takes away what says that it is a copy.
    world.api.edit(&copy("policy-0"), |value| value["metadata"]["labels"] = json!({}));
    world.work();
    assert_eq!(world.api.copies(custom("MeshTimeout")).len(), 1);
    assert_eq!(world.names("MeshTimeout"), ["policy-0"]);
    world.api.delete(&copy("policy-0"));
    world.work();
    assert_eq!(seconds(&world, "policy-0"), "1s");
    let before = world.api.writes;
    for round in 0..50 {
        world.api.edit(&copy("policy-0"), |value| value["spec"] = json!({"round": round}));
        world.work();
    }
    assert!(world.api.writes - before <= 4, "{} writes", world.api.writes - before);
    world.settle();
    assert_eq!(seconds(&world, "policy-0"), "1s");
}

#[test]
fn an_api_that_makes_something_else_of_it_is_not_asked_again_and_again() {
    let mut world = with_policies(0);
    world.api.adds = true;
    world.put(timeout("policy", 1));
    let before = world.api.writes;
    world.settle();
    assert_eq!(world.api.writes, before + 1);
    world.put(timeout("policy", 2));
    world.settle();
    assert_eq!((world.api.writes, seconds(&world, "policy")), (before + 2, json!("2s")));
}

#[test]
fn what_a_user_applied_under_its_name_is_left_until_he_takes_it_away() {
    let mut world = with_policies(0);
    world.api.apply(&copy("policy"), applied(5, &json!({})));
    world.work();
    world.put(timeout("policy", 1));
    world.work();
    assert_eq!(seconds(&world, "policy"), "5s");
    assert!(world.problems(&copy("policy"))[0].starts_with("NameTaken: "), "{:?}", world.problems(&copy("policy")));
    world.api.delete(&copy("policy"));
    world.work();
    assert_eq!((seconds(&world, "policy"), world.problems(&copy("policy"))), (json!("1s"), Vec::new()));
}

#[test]
fn one_of_nothing_goes_once_all_is_known() {
    let mut world = with_policies(1);
    world.api.apply(&copy("orphan"), applied(5, &json!({"app.kubernetes.io/managed-by": "strait-zone"})));
    // Another process, to which nothing was listed, and of which global has not heard.
    world.start();
    world.list(custom("MeshTimeout"));
    assert_eq!(world.asked, Vec::new());
    world.connect();
    assert_eq!(world.asked, Vec::new());
    followed().filter(|kind| *kind != custom("MeshTimeout")).for_each(|kind| world.list(kind));
    world.work();
    assert!(!world.api.objects.contains_key(&copy("orphan")));
    assert_eq!(seconds(&world, "policy-0"), "1s");
}

#[test]
fn a_kind_that_is_not_defined_is_not_asked_for() {
    let mut world = with_policies(1);
    // What was asked for before that was known waits for another time, and that does not come.
    world.put(timeout("policy-2", 1));
    world.refuse(0, NotDone::Refused("404 Not Found".to_owned()));
    let all: BTreeSet<CustomKind> = ["Mesh", "MeshService"].into_iter().filter_map(CustomKind::named).collect();
    world.hear(News::Defined(all.clone()));
    world.api.objects.retain(|id, _| id.kind != custom("MeshTimeout"));
    world.put(timeout("policy-1", 1));
    world.run_for(600_000);
    assert_eq!(world.asked, Vec::new());
    assert_eq!(world.names("MeshTimeout"), ["policy-0", "policy-1", "policy-2"]);
    world.hear(News::Defined(all.into_iter().chain(CustomKind::named("MeshTimeout")).collect()));
    world.list(custom("MeshTimeout"));
    world.work();
    assert_eq!(world.api.copies(custom("MeshTimeout")).len(), 3);
}

#[test]
fn what_is_written_because_something_was_is_copied_as_it_is_in_the_end() {
    let mut world = with_policies(0);
    let spec = json!({
        "selector": {"dataplane": {"matchLabels": {}}},
        "spiffeID": {"path": "/{{ label \"app\" }}"},
        "provider": {"type": "Bundled", "bundled": {"autogenerate": {"enabled": true}}},
    });
    world.put(resource("MeshIdentity", Some("default"), "identity", spec));
    let objects = [
        (ObjectKind::Namespace, "", "shop", namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"}))),
        (ObjectKind::Pod, "shop", "web-0", pod("web-0", json!({"app": "web"}), "10.1.0.1")),
        (ObjectKind::Service, "shop", "web", service("web", json!({"app": "web"}), "10.96.0.1")),
    ];
    for (kind, namespace, name, value) in objects {
        world.api.apply(&id(kind, namespace, name), value);
    }
    world.work();
    let (mesh, name) = (MeshName::new("default").ok(), ResourceName::new("web-0.shop").unwrap());
    let opened = FromProxy::Opened { mesh, name, dataplane: None, version: ProxyVersion::default() };
    world.input(ZoneInput::Proxy(ProxySession(1), opened));
    // Who serves a service is written once that is known, because of the service that was written.
    world.api.edit(&id(ObjectKind::Service, "shop", "web"), |value| value["spec"]["ports"][0]["port"] = json!(81));
    let before = world.asks;
    for _ in 0..20 {
        followed().for_each(|kind| world.watch(kind, usize::MAX));
        world.answer(0, |outcome| outcome);
    }
    assert!(world.asked.is_empty() && world.asks - before <= 3, "{} asks: {:?}", world.asks - before, world.asked);
    let copy = &world.api.objects[&id(custom("MeshService"), "shop", "web")]["spec"];
    assert_eq!((&copy["ports"][0]["port"], &copy["identities"][1]["type"]), (&json!(81), &json!("SpiffeID")), "{copy}");
    world.check();
}

#[test]
fn a_list_that_is_older_counts_for_nothing_and_the_next_is_looked_through() {
    let mut world = with_policies(1);
    world.start();
    world.connect();
    world.list_all();
    world.hear(News::Listed { kind: custom("MeshTimeout"), version: 5, objects: Vec::new() });
    world.put(timeout("policy-0", 1));
    world.put(timeout("policy-1", 1));
    assert!(world.asked.iter().all(|ask| ask.id.kind != custom("MeshTimeout")), "{:?}", world.asked);
    world.list(custom("MeshTimeout"));
    world.work();
    assert_eq!(world.api.copies(custom("MeshTimeout")).len(), 2);
}

#[test]
fn one_that_is_refused_is_said_so_keeps_back_no_other_and_is_tried_again() {
    let mut world = with_policies(0);
    world.put(timeout("first", 1));
    world.refuse(0, NotDone::Refused("403 Forbidden: no".to_owned()));
    assert_eq!(world.problems(&copy("first")), ["NotWritten: the Kubernetes API: 403 Forbidden: no"]);
    world.put(timeout("second", 1));
    world.work();
    assert_eq!(seconds(&world, "second"), "1s");
    world.settle();
    assert_eq!((seconds(&world, "first"), world.problems(&copy("first"))), (json!("1s"), Vec::new()));
}
