//! What is made of objects is changed by changing them: users and proxies are refused, with words. What users have written stays theirs.
use crate::{
    alone::resource,
    manifests::{pod, service},
    stage::{Zone, key, mesh},
};
use serde_json::json;
use strait_core::{
    kubernetes::ObjectKind,
    node::{Change, FromProxy, ProxyRefused, ProxySession, ProxyVersion, ToProxy, ZoneEffect, ZoneInput},
    resource::Resource,
};

fn zone() -> Zone {
    let mut zone = Zone::new();
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.1"));
    zone
}

#[test]
fn a_users_edit_is_refused_and_says_of_what_it_was_made() {
    let mut zone = zone();
    let cases = [
        (
            Change::Delete(key("Dataplane", "web-0.shop")),
            "Dataplane default/web-0.shop is written in Kubernetes, by Pod shop/web-0, not here",
        ),
        (
            Change::Put(Resource::clone(zone.held("MeshService", "web.shop").unwrap())),
            "MeshService default/web.shop is written in Kubernetes, by Service shop/web, not here",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(zone.edit(change).unwrap_err().to_string(), expected);
    }
    let mut made_up = resource("MeshService", Some("default"), "made-up", json!({"ports": [{"port": 80}]}));
    made_up.labels.insert("kuma.io/managed-by".to_owned(), "k8s-controller".to_owned());
    let said = zone.edit(Change::Put(made_up)).unwrap_err().to_string();
    assert!(said.contains("labels[\"kuma.io/managed-by\"]: `k8s-controller` is for what is made of objects of Kubernetes"), "{said}");
    assert_eq!((zone.names("Dataplane"), zone.names("MeshService")), (vec!["web-0.shop"], vec!["web.shop"]));
}

#[test]
fn a_proxy_may_be_it_and_may_not_say_what_it_is() {
    let mut zone = zone();
    let mut open = |session, dataplane| {
        let key = key("Dataplane", "web-0.shop");
        let version = ProxyVersion::default();
        let opened = FromProxy::Opened { mesh: key.mesh, name: key.name, dataplane, version };
        zone.alone.input(ZoneInput::Proxy(ProxySession(session), opened))
    };
    let brought = resource("Dataplane", Some("default"), "web-0.shop", json!({"networking": {"address": "10.9.9.9"}}));
    let refused = open(1, Some(Box::new(brought))).into_iter().find_map(|effect| match effect {
        ZoneEffect::Proxy(_, ToProxy::Close { why: ProxyRefused::Invalid(why) }) => Some(why),
        _ => None,
    });
    assert!(refused.unwrap().contains("in Kubernetes, by Pod shop/web-0"));
    assert!(open(2, None).iter().any(|effect| matches!(effect, ZoneEffect::Proxy(_, ToProxy::Plan(_)))));
}

#[test]
fn what_a_user_wrote_is_in_the_way_until_he_takes_it_away() {
    let mut zone = Zone::new();
    let own = resource("MeshService", Some("default"), "web.shop", json!({"ports": [{"port": 1}]}));
    zone.edit(Change::Put(own)).unwrap();
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    assert_eq!(zone.held("MeshService", "web.shop").unwrap().spec.value().unwrap()["ports"][0]["port"], 1);
    assert_eq!(zone.reasons(ObjectKind::Service, "shop", "web"), ["SelectsNothing", "NameTaken"]);
    zone.edit(Change::Delete(key("MeshService", "web.shop"))).unwrap();
    assert_eq!(zone.held("MeshService", "web.shop").unwrap().spec.value().unwrap()["ports"][0]["port"], 80);
    assert_eq!(zone.reasons(ObjectKind::Service, "shop", "web"), ["SelectsNothing"]);
    // And what is no object's stays a user's.
    let own = resource("Dataplane", Some("default"), "vm", json!({"networking": {"address": "10.9.9.9"}}));
    zone.edit(Change::Put(own)).unwrap();
    zone.list_all();
    assert_eq!(zone.names("Dataplane"), ["vm"]);
}

#[test]
fn one_that_cannot_be_written_keeps_back_no_other() {
    let mut zone = Zone::new();
    // It has the name on the wire that the second pod's would have.
    let mut own = resource("Dataplane", Some("default"), "other", json!({"networking": {"address": "10.9.9.9"}}));
    own.labels.insert("kuma.io/display-name".to_owned(), "web-1".to_owned());
    own.labels.insert("k8s.kuma.io/namespace".to_owned(), "shop".to_owned());
    zone.edit(Change::Put(own)).unwrap();
    for number in 0..3 {
        let (key, value) = crate::stage::keyed(pod(&format!("web-{number}"), json!({"app": "web"}), &format!("10.1.0.{number}")));
        zone.objects.insert(key, value);
    }
    zone.list_all();
    assert_eq!(zone.names("Dataplane"), ["other", "web-0.shop", "web-2.shop"]);
    assert_eq!(zone.reasons(ObjectKind::Pod, "shop", "web-1"), ["FailedToGenerateKumaDataplane"]);
    zone.edit(Change::Delete(key("Dataplane", "other"))).unwrap();
    assert_eq!(zone.names("Dataplane"), ["web-0.shop", "web-1.shop", "web-2.shop"]);
    assert_eq!(zone.reasons(ObjectKind::Pod, "shop", "web-1"), Vec::<&str>::new());
}

#[test]
fn a_mesh_that_is_taken_away_takes_them_along_and_brings_them_back() {
    let mut zone = zone();
    zone.meshes(vec![mesh("other"), mesh("default")]);
    assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
    let response = crate::alone::kuma_response("Mesh", "gone", Vec::new(), vec![mesh("default").key]);
    zone.alone.input(ZoneInput::Response(strait_core::sync::Session(1), response));
    assert_eq!(zone.names("Dataplane"), Vec::<&str>::new());
    assert_eq!(zone.reasons(ObjectKind::Pod, "shop", "web-0"), ["MeshMissing"]);
    zone.meshes(vec![mesh("other"), mesh("default")]);
    assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
    assert_eq!(zone.reasons(ObjectKind::Pod, "shop", "web-0"), Vec::<&str>::new());
}
