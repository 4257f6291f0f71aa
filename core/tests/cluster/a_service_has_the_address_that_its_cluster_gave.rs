//! The virtual IP of a service of a cluster is its cluster IP; nobody gives it another.
use crate::{
    manifests::{pod, service},
    stage::Zone,
};
use serde_json::json;
use strait_core::{
    kubernetes::ObjectKind,
    names::Reached,
    node::Change,
    resource::{Resource, Spec},
};

fn slice(service: &str) -> serde_json::Value {
    json!({
        "kind": "EndpointSlice",
        "metadata": {"name": format!("{service}-x"), "namespace": "shop", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": ["10.1.0.1"], "targetRef": {"kind": "Pod", "name": "web-0"}}],
    })
}

#[test]
fn it_is_not_from_the_range_of_the_zone_and_follows_the_service() {
    let mut zone = Zone::new();
    let records = |zone: &Zone| zone.alone.disk.keys().filter(|key| key.0.starts_with("vip/")).count();
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    assert_eq!(zone.address("web"), Some([10, 96, 0, 1].into()));
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.2"));
    assert_eq!(zone.address("web"), Some([10, 96, 0, 2].into()));
    let view = zone.view();
    let here = crate::alone::zone("east");
    let shown = Reached::new(view, &here, None).shown(&view.resources[&crate::stage::key("MeshService", "web.shop")]);
    assert_eq!(shown.status.as_ref().and_then(Spec::value).unwrap()["vips"], json!([{"ip": "10.96.0.2"}]));
    zone.restart();
    assert_eq!(zone.address("web"), Some([10, 96, 0, 2].into()));
    zone.list_all();
    zone.gone(ObjectKind::Service, "shop", "web");
    assert_eq!(zone.address("web"), None);
    assert_eq!(records(&zone), 0, "an address of the range was given");
}

#[test]
fn a_service_that_a_user_writes_still_has_one_of_the_range() {
    let mut zone = Zone::new();
    let mut own = crate::alone::resource("MeshService", Some("default"), "own", json!({"ports": [{"port": 80}]}));
    own.status = Some(Spec::new(json!({"vips": [{"ip": "10.96.0.1"}]})));
    zone.edit(Change::Put(Resource::clone(&own))).unwrap();
    assert_eq!(zone.address("own"), Some([241, 0, 0, 0].into()));
}

#[test]
fn an_address_leads_to_one_service_also_where_two_headless_ones_are_before_a_pod() {
    let mut zone = Zone::new();
    zone.put(&pod("web-0", json!({"app": "web"}), "10.1.0.1"));
    for name in ["a", "b"] {
        zone.put(&service(name, json!({"app": "web"}), "None"));
        zone.put(&slice(name));
    }
    let owners = |zone: &Zone| {
        let view = zone.view();
        view.vips.keys().map(|service| service.name.clone()).collect::<Vec<_>>()
    };
    let names = zone.names("MeshService");
    assert_eq!(names.len(), 2);
    let first = owners(&zone);
    assert_eq!(first.len(), 1);
    assert_eq!(zone.address(&first[0]), Some([10, 1, 0, 1].into()));
    // The other has it once the first is gone.
    let of_first =
        if zone.held("MeshService", &format!("{}.shop", first[0])).unwrap().labels["k8s.kuma.io/service-name"] == "a" { "a" } else { "b" };
    zone.gone(ObjectKind::Service, "shop", of_first);
    let second = owners(&zone);
    assert_eq!((second.len(), second == first), (1, false));
    assert_eq!(zone.address(&second[0]), Some([10, 1, 0, 1].into()));
}

#[test]
fn one_of_ipv6_only_has_none_here_and_says_so() {
    let mut zone = Zone::new();
    zone.put(&service("web", json!({"app": "web"}), "fd00::1"));
    assert_eq!(zone.address("web"), None);
    assert_eq!(zone.reasons(ObjectKind::Service, "shop", "web"), ["SelectsNothing", "NoIPv4Address"]);
    zone.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    assert_eq!(zone.address("web"), Some([10, 96, 0, 1].into()));
    zone.put(&service("web", json!({"app": "web"}), "fd00::1"));
    assert_eq!(zone.address("web"), None);
}
