//! To delete is to have known: what was stored stays until every kind was listed once since the start.
use crate::{
    manifests::{pod, service},
    stage::Zone,
};
use serde_json::json;
use strait_core::kubernetes::ObjectKind;

fn with_a_pod() -> Zone {
    let mut zone = Zone::new();
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.1"));
    assert_eq!((zone.names("Dataplane"), zone.names("MeshService")), (vec!["web-0.shop"], vec!["web.shop"]));
    zone
}

#[test]
fn nothing_is_made_before_every_kind_was_listed() {
    let mut zone = Zone::unlisted();
    zone.objects = with_a_pod().objects;
    for (nth, kind) in ObjectKind::ALL.into_iter().enumerate() {
        assert_eq!(zone.names("Dataplane"), Vec::<&str>::new());
        zone.list(kind);
        assert_eq!(zone.status().listed.len(), nth + 1);
    }
    assert_eq!((zone.names("Dataplane"), zone.names("MeshService")), (vec!["web-0.shop"], vec!["web.shop"]));
    assert!(zone.status().is_current());
}

#[test]
fn after_a_restart_all_stays_until_every_kind_was_listed() {
    let mut zone = with_a_pod();
    let before = zone.held("Dataplane", "web-0.shop").cloned();
    zone.restart();
    assert_eq!(zone.held("Dataplane", "web-0.shop").cloned(), before, "it was not stored");
    assert_eq!(zone.address("web"), Some([10, 96, 0, 1].into()));
    // The pod is no more, and another one came.
    zone.objects.remove(&(ObjectKind::Pod, "shop".to_owned(), "web-0".to_owned()));
    zone.version += 1;
    for kind in [ObjectKind::Pod, ObjectKind::Namespace, ObjectKind::Service] {
        zone.list(kind);
        zone.put(&pod("web-1", json!({"app": "web"}), "10.1.0.2"));
        assert_eq!(zone.names("Dataplane"), ["web-0.shop"]);
        assert_eq!(zone.held("Dataplane", "web-0.shop").cloned(), before);
    }
    zone.list(ObjectKind::EndpointSlice);
    assert_eq!(zone.names("Dataplane"), ["web-1.shop"]);
}

#[test]
fn what_is_as_it_was_is_not_written_again() {
    let mut zone = with_a_pod();
    let head = zone.head();
    zone.list_all();
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.1"));
    assert_eq!(zone.head(), head);
    zone.restart();
    let head = zone.head();
    zone.list_all();
    assert_eq!(zone.head(), head);
}

#[test]
fn what_is_gone_from_a_later_list_goes() {
    let mut zone = with_a_pod();
    zone.objects.remove(&(ObjectKind::Pod, "shop".to_owned(), "web-0".to_owned()));
    zone.version += 1;
    zone.list(ObjectKind::Pod);
    assert_eq!(zone.names("Dataplane"), Vec::<&str>::new());
    assert_eq!(zone.held("MeshService", "web.shop").unwrap().spec.value().unwrap()["state"], "Unavailable");
    assert_eq!(zone.reasons(ObjectKind::Service, "shop", "web"), ["SelectsNothing"]);
}
