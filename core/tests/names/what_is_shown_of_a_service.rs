//! In a service's status stands what this zone reaches it by; it is not stored there.
use crate::{
    alone::zone,
    stage::{Zone, of_zone, service},
};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::{
    names::{Reached, unshown},
    node::Change,
    resource::{Resource, Spec, from_json, to_json},
};

fn shown(of: &Zone, name: &str) -> Arc<Resource> {
    let here = zone("east");
    let held = of.view().resources.values().find(|held| held.kind().as_str() == "MeshService" && held.display_name() == name).unwrap();
    Reached::new(of.view(), &here, held.mesh()).shown(held)
}

fn status(of: &Zone, name: &str) -> Value {
    shown(of, name).status.as_ref().unwrap().value().unwrap().clone()
}

#[test]
fn of_ones_own_and_of_others() {
    let mut zone = Zone::new();
    zone.put("web");
    let mut of_west = of_zone("west", "universal", "api");
    of_west.status = Some(Spec::new(json!({"dataplaneProxies": {}, "tls": {}})));
    zone.hears("MeshService", vec![of_west]);
    let named = |name: &str| json!([{"hostname": name, "origin": "HostnameGenerator"}]);
    assert_eq!(status(&zone, "web"), json!({"addresses": named("web.svc.mesh.local"), "vips": [{"ip": "241.0.0.0"}]}));
    let expected = json!({"addresses": named("api.svc.west.mesh.local"), "dataplaneProxies": {}, "tls": {}, "vips": [{"ip": "241.0.0.1"}]});
    assert_eq!(status(&zone, "api"), expected, "what else is known stays");
}

#[test]
fn of_one_without_an_address_or_of_something_else() {
    let mut zone = Zone::with_range("241.1.0.0/30");
    ["a", "b", "c", "d", "e"].into_iter().for_each(|name| zone.put(name));
    assert_eq!(status(&zone, "e")["vips"], json!([]));
    let mesh = zone.view().resources.values().find(|held| held.kind().as_str() == "Mesh").unwrap();
    assert!(Arc::ptr_eq(&Reached::new(zone.view(), &crate::alone::zone("east"), None).shown(mesh), mesh));
}

#[test]
fn and_what_was_shown_may_be_written_without_being_stored() {
    let mut zone = Zone::new();
    zone.put("web");
    let mut written = from_json(&to_json(&shown(&zone, "web"))).unwrap();
    zone.edit(Change::Put(unshown(written.clone())));
    let stored = |zone: &Zone| zone.view().resources[&service("default", "web").key].status.clone();
    assert_eq!(stored(&zone), None);
    written.status = Some(Spec::new(json!({"tls": {"status": "Ready"}, "vips": [{"ip": "10.0.0.1"}]})));
    zone.edit(Change::Put(unshown(written)));
    assert_eq!(stored(&zone), Some(Spec::new(json!({"tls": {"status": "Ready"}}))));
    assert_eq!(status(&zone, "web")["vips"], json!([{"ip": "241.0.0.0"}]));
}
