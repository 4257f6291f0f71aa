//! `MeshService`s that nobody writes, in meshes that want them.
use crate::{alone::resource, stage::Zone};
use serde_json::{Value, json};
use strait_core::{node::Change, resource::Resource};

fn wants(mode: &str) -> Resource {
    resource("Mesh", None, "default", json!({"meshServices": {"mode": mode}}))
}

fn proxy(name: &str, inbounds: &Value) -> Resource {
    resource("Dataplane", Some("default"), name, json!({"networking": {"address": "10.0.0.1", "inbound": inbounds}}))
}

fn web() -> Value {
    json!([{"port": 8080, "name": "main", "tags": {"kuma.io/service": "web", "kuma.io/protocol": "http"}}])
}

fn spec(zone: &Zone, name: &str) -> Option<Value> {
    let service = resource("MeshService", Some("default"), name, json!({})).key;
    Some(zone.view().resources.get(&service)?.spec.value()?.clone())
}

fn exclusive() -> Zone {
    let mut zone = Zone::new();
    zone.hears("Mesh", vec![wants("Exclusive")]);
    zone
}

#[test]
fn with_a_port_for_each_inbound_an_address_and_a_name() {
    let mut zone = exclusive();
    zone.edit(Change::Put(proxy("a", &web())));
    let ports = json!([{"name": "main", "port": 8080, "targetPort": 8080, "appProtocol": "http"}]);
    let selector = json!({"dataplaneTags": {"kuma.io/service": "web"}});
    let identities = json!([{"type": "ServiceTag", "value": "web"}]);
    let whole = json!({"selector": selector, "ports": ports, "identities": identities, "state": "Available"});
    assert_eq!(spec(&zone, "web"), Some(whole));
    assert!(zone.address("web").is_some());
    assert_eq!(zone.resolve("default", "web.svc.mesh.local"), Some(zone.address("web")));
    let more = json!([{"port": 9090, "state": "NotReady", "tags": {"kuma.io/service": "web"}}]);
    zone.edit(Change::Put(proxy("b", &more)));
    let ports: Vec<_> = spec(&zone, "web").unwrap()["ports"].as_array().unwrap().iter().map(|port| port["port"].clone()).collect();
    assert_eq!(ports, [8080, 9090]);
}

#[test]
fn and_stays_for_an_hour_without_proxies() {
    let mut zone = exclusive();
    zone.edit(Change::Put(proxy("a", &web())));
    let address = zone.address("web");
    zone.edit(Change::Delete(proxy("a", &web()).key));
    zone.alone.run_for(3_599_000);
    assert_eq!((spec(&zone, "web").is_some(), zone.address("web")), (true, address));
    zone.edit(Change::Put(proxy("a", &web())));
    zone.alone.run_for(7_200_000);
    assert!(spec(&zone, "web").is_some(), "a proxy came back");
    zone.edit(Change::Delete(proxy("a", &web()).key));
    zone.alone.run_for(3_601_000);
    assert_eq!(spec(&zone, "web"), None);
}

#[test]
fn after_a_restart_that_hour_begins_anew() {
    let mut zone = exclusive();
    zone.edit(Change::Put(proxy("a", &web())));
    zone.edit(Change::Delete(proxy("a", &web()).key));
    zone.alone.run_for(3_000_000);
    zone.restart_hearing(vec![wants("Exclusive")]);
    zone.alone.run_for(3_000_000);
    assert!(spec(&zone, "web").is_some());
    zone.alone.run_for(700_000);
    assert_eq!(spec(&zone, "web"), None);
}

#[test]
fn what_a_user_wrote_is_left_as_it_is() {
    let mut zone = exclusive();
    let own = resource("MeshService", Some("default"), "web", json!({"ports": [{"port": 1}]}));
    zone.edit(Change::Put(own.clone()));
    zone.edit(Change::Put(proxy("a", &web())));
    assert_eq!(spec(&zone, "web"), own.spec.value().cloned());
    zone.edit(Change::Delete(proxy("a", &web()).key));
    zone.alone.run_for(7_200_000);
    assert!(spec(&zone, "web").is_some());
}

#[test]
fn only_where_the_mesh_wants_it_and_only_names_that_can_be_one() {
    let mut zone = Zone::new();
    zone.edit(Change::Put(proxy("a", &web())));
    assert_eq!(spec(&zone, "web"), None, "a mesh that says nothing wants none");
    zone.hears("Mesh", vec![wants("Everywhere")]);
    assert!(spec(&zone, "web").is_some());
    zone.hears("Mesh", vec![wants("Disabled")]);
    assert_eq!(spec(&zone, "web"), None);
    let mut zone = exclusive();
    let odd = json!([{"port": 1, "tags": {"kuma.io/service": "web_default_svc_80"}}, {"port": 2, "state": "Ignored", "tags": {"kuma.io/service": "ignored"}}]);
    zone.edit(Change::Put(proxy("b", &odd)));
    assert!(zone.view().resources.keys().all(|key| key.kind.as_str() != "MeshService"));
}

#[test]
fn a_change_by_hand_is_undone() {
    let mut zone = exclusive();
    zone.edit(Change::Put(proxy("a", &web())));
    let before = spec(&zone, "web");
    let service = zone.view().resources.values().find(|held| held.kind().as_str() == "MeshService").unwrap().as_ref().clone();
    zone.edit(Change::Put(Resource { spec: strait_core::resource::Spec::new(json!({"ports": []})), ..service.clone() }));
    assert_eq!(spec(&zone, "web"), before);
    zone.edit(Change::Delete(service.key));
    assert_eq!(spec(&zone, "web"), before, "and so is a deletion");
}
