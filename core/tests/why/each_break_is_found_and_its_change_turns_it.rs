//! One kind of break after the other: the hop is found, and what is suggested turns that hop.
use crate::stage::{BREAD, STOCK, World, verdict};
use serde_json::json;
use strait_core::{
    resource::{from_json, model::validate},
    why::{Step, Verdict, Why},
};

/// Breaks something, and finds where.
fn broken(to: &str, step: Step, edit: impl FnOnce(&mut World)) -> (World, Why) {
    let mut world = World::new();
    edit(&mut world);
    let why = world.cart(to);
    assert_eq!(why.broken().map(|hop| hop.hop), Some(step), "{why:#?}");
    assert_eq!(why.verdict, Verdict::Broken);
    (world, why)
}

/// The same, and what is suggested is a resource that any control plane takes, after which that hop is not broken.
fn turns(to: &str, step: Step, edit: impl FnOnce(&mut World)) -> (World, Why) {
    let (mut world, why) = broken(to, step, edit);
    let change = why.change.clone().unwrap();
    assert!(!change.resources.is_empty(), "{why:#?}");
    for written in &change.resources {
        assert_eq!(validate(&from_json(written).unwrap()), [], "{written:#}");
    }
    world.apply(&why);
    let again = world.cart(to);
    assert_ne!(verdict(&again, step), Verdict::Broken, "{change:#?}\n{again:#?}");
    (world, again)
}

fn turns_all(to: &str, step: Step, edit: impl FnOnce(&mut World)) {
    let (_, again) = turns(to, step, edit);
    assert_eq!(again.verdict, Verdict::Ok, "{again:#?}");
}

/// It is broken, and nothing that could be written would mend it.
fn says(to: &str, step: Step, what: &str, edit: impl FnOnce(&mut World)) {
    let (_, why) = broken(to, step, edit);
    let change = why.change.clone().unwrap();
    assert!(change.resources.is_empty() && change.what.contains(what), "{change:#?}");
}

#[test]
fn nothing_is_broken_where_nothing_is() {
    for to in [BREAD, STOCK, "bread", "stock:80"] {
        let why = World::new().cart(to);
        assert_eq!((why.verdict, why.broken()), (Verdict::Ok, None), "{why:#?}");
    }
    let steps: Vec<Step> = World::new().cart(STOCK).hops.iter().map(|hop| hop.hop).collect();
    let expected = [
        Step::Proxy,
        Step::Name,
        Step::Vip,
        Step::Outbound,
        Step::Route,
        Step::Service,
        Step::Endpoint,
        Step::Identity,
        Step::Trust,
        Step::Ingress,
        Step::Link,
        Step::Permission,
    ];
    assert_eq!(steps, expected);
}

#[test]
fn what_a_proxy_says_it_serves_is_no_service_by_itself() {
    turns_all(BREAD, Step::Name, |world| world.drop("bread"));
    turns_all(STOCK, Step::Name, |world| world.drop("stock"));
    let mut world = World::new();
    world.drop("bread");
    world.set("Mesh", "shop", "/meshServices", Some(json!({"mode": "Exclusive"})));
    assert_eq!(world.cart(BREAD).verdict, Verdict::Ok, "the zone makes a service of that");
}

#[test]
fn a_proxy_takes_only_what_its_dataplane_says() {
    let transparent = json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001, "reachableBackends": {"refs": []}});
    for to in [BREAD, STOCK] {
        turns_all(to, Step::Outbound, |world| {
            world.set("Dataplane", "cart-1", "/networking/transparentProxying", Some(transparent.clone()));
        });
        turns_all(to, Step::Outbound, |world| world.set("Dataplane", "cart-1", "/networking/transparentProxying", None));
    }
}

#[test]
fn a_port_that_there_is_not() {
    says(&format!("{BREAD}:81"), Step::Outbound, "80 (web)", |_| {});
}

#[test]
fn a_route_to_nobody() {
    const ROUTE: &str = "
type: MeshHTTPRoute
mesh: shop
name: canary
spec:
  to:
  - targetRef: {kind: MeshService, labels: {team: bakery}}
    rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {backendRefs: [{kind: MeshService, name: bread-next, port: 80}]}}]
";
    turns_all(BREAD, Step::Route, |world| world.put(ROUTE));
}

#[test]
fn a_route_elsewhere_is_followed() {
    const ROUTE: &str = "
type: MeshHTTPRoute
mesh: shop
name: elsewhere
spec:
  to:
  - targetRef: {kind: MeshService, labels: {team: bakery}}
    rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {backendRefs: [{kind: MeshService, labels: {team: store}, port: 80}]}}]
";
    let mut world = World::new();
    world.put(ROUTE);
    world.drop("ingress");
    let why = world.cart(BREAD);
    assert_eq!(why.broken().map(|hop| hop.hop), Some(Step::Ingress), "{why:#?}");
    assert!(why.hops.iter().any(|hop| hop.hop == Step::Route && hop.what.contains("MeshHTTPRoute")), "{why:#?}");
}

#[test]
fn a_service_that_selects_nobody() {
    turns_all(BREAD, Step::Service, |world| world.set("MeshService", "bread", "/selector", None));
    turns_all(BREAD, Step::Endpoint, |world| {
        world.set("MeshService", "bread", "/selector", Some(json!({"dataplaneLabels": {"matchLabels": {"app": "bred"}}})));
    });
    turns_all(STOCK, Step::Endpoint, |world| {
        world.set("MeshService", "stock", "/selector", Some(json!({"dataplaneTags": {"kuma.io/service": "stok"}})));
    });
    says(BREAD, Step::Endpoint, "start a proxy", |world| world.drop("bread-1"));
}

#[test]
fn a_port_that_no_inbound_is() {
    for target in [json!("admin"), json!(9999)] {
        turns_all(BREAD, Step::Endpoint, |world| {
            world.set(
                "MeshService",
                "bread",
                "/ports",
                Some(json!([{"name": "web", "port": 80, "targetPort": target, "appProtocol": "http"}])),
            );
        });
    }
}

#[test]
fn a_workload_that_is_not_ready() {
    for (to, proxy) in [(BREAD, "bread-1"), (STOCK, "stock-1")] {
        for (field, value) in [("state", json!("NotReady")), ("health", json!({"ready": false}))] {
            let mut inbound = json!({"port": 8080, "name": "main", "protocol": "http", "tags": {"kuma.io/service": "it"}});
            inbound[field] = value;
            turns_all(to, Step::Endpoint, |world| world.set("Dataplane", proxy, "/networking/inbound", Some(json!([inbound]))));
        }
    }
}

#[test]
fn who_cannot_have_the_identity_that_is_meant_for_him() {
    for (to, proxy) in [(BREAD, "bread-1"), (STOCK, "stock-1")] {
        turns_all(to, Step::Endpoint, |world| {
            world.set("MeshIdentity", "identity", "/spiffeID", Some(json!({"path": "/{{ label \"app\" }}"})));
            world.set("MeshService", proxy.trim_end_matches("-1"), "/selector", Some(json!({"dataplaneRef": {"name": proxy}})));
            world.one("Dataplane", proxy).labels.remove("app");
        });
    }
    turns(BREAD, Step::Identity, |world| _ = world.one("Dataplane", "cart-1").labels.remove("app"));
    says(BREAD, Step::Endpoint, "spec.provider.type", |world| {
        world.set("MeshIdentity", "identity", "/provider", Some(json!({"type": "Spire"})));
    });
}

#[test]
fn who_has_no_identity_where_one_is_asked_for() {
    for to in [BREAD, STOCK] {
        turns(to, Step::Identity, |world| {
            let selected = json!({"dataplane": {"matchLabels": {"asked": "yes"}}});
            world.set("MeshIdentity", "identity", "/selector", Some(selected));
            for proxy in ["bread-1", "stock-1"] {
                world.one("Dataplane", proxy).labels.insert("asked".to_owned(), "yes".to_owned());
            }
        });
    }
    turns(STOCK, Step::Endpoint, |world| {
        world.set("MeshIdentity", "identity", "/selector", Some(json!({"dataplane": {"matchLabels": {"app": "cart"}}})));
    });
}

#[test]
fn without_identities_nobody_is_asked_in_one_zone_and_nothing_leads_into_another() {
    let mut world = World::new();
    world.drop("identity");
    assert_eq!(world.cart(BREAD).verdict, Verdict::Ok);
    assert_eq!(world.cart(STOCK).broken().map(|hop| hop.hop), Some(Step::Endpoint));
}

#[test]
fn a_trust_domain_that_another_zone_claims() {
    const FALSE: &str = "
type: MeshTrust
mesh: shop
name: claimed
labels: {kuma.io/zone: north, kuma.io/origin: zone}
spec: {trustDomain: shop.west.mesh.local, caBundles: []}
";
    says(STOCK, Step::Trust, "written in zone north", |world| world.put(FALSE));
}

#[test]
fn a_zone_without_an_ingress() {
    says(STOCK, Step::Ingress, "strait ingress run", |world| world.drop("ingress"));
    turns_all(STOCK, Step::Ingress, |world| {
        world.set("ZoneIngress", "ingress", "/networking", Some(json!({"address": "10.2.0.100", "port": 10001})));
    });
    says(STOCK, Step::Ingress, "--advertised-address", |world| {
        world.drop("ingress");
        world.put(
            "type: MeshZoneAddress\nmesh: shop\nname: named\nlabels: {kuma.io/zone: west}\nspec: {address: ingress.example, port: 443}\n",
        );
    });
}

#[test]
fn who_is_not_allowed() {
    for to in [BREAD, STOCK] {
        turns_all(to, Step::Permission, |world| world.drop("cart"));
        let deny = json!([{"default": {"deny": [{"spiffeID": {"type": "Prefix", "value": "spiffe://shop.east.mesh.local/"}}]}}]);
        turns_all(to, Step::Permission, |world| world.set("MeshTrafficPermission", "cart", "/rules", Some(deny.clone())));
        turns_all(to, Step::Permission, |world| {
            let spec = format!("{{rules: {deny}}}");
            world.put(&format!("type: MeshTrafficPermission\nmesh: shop\nname: nobody\nspec: {spec}\n"));
        });
    }
    let mut world = World::new();
    world.put("type: MeshTrafficPermission\nmesh: shop\nname: nobody\nspec: {rules: [{default: {deny: [{spiffeID: {type: Prefix, value: 'spiffe://'}}]}}]}\n");
    let why = world.cart(STOCK);
    assert!(why.broken().is_some_and(|hop| hop.what.contains("MeshTrafficPermission nobody[0] of global")), "{why:#?}");
}

#[test]
fn a_permission_is_for_those_who_serve_and_for_nobody_else() {
    for (selector, target) in [
        (json!({"dataplaneLabels": {"matchLabels": {"app": "bread"}}}), json!({"kind": "Dataplane", "labels": {"app": "bread"}})),
        (json!({"dataplaneTags": {"kuma.io/service": "bread"}}), json!({"kind": "MeshSubset", "tags": {"kuma.io/service": "bread"}})),
        (json!({"dataplaneRef": {"name": "bread-1"}}), json!({"kind": "Dataplane", "name": "bread-1"})),
    ] {
        let break_it = |world: &mut World| {
            world.set("MeshService", "bread", "/selector", Some(selector.clone()));
            world.drop("cart");
        };
        let (_, why) = broken(BREAD, Step::Permission, break_it);
        assert_eq!(why.change.unwrap().resources[0]["spec"]["targetRef"], target);
        turns_all(BREAD, Step::Permission, break_it);
    }
}

#[test]
fn a_union_of_nobody_and_one_of_both_zones() {
    const UNION: &str = "
type: MeshMultiZoneService
mesh: shop
name: stock
spec:
  selector: {meshService: {matchLabels: {kuma.io/display-name: stok}}}
  ports: [{name: web, port: 80, appProtocol: http}]
";
    let name = "stock.mzsvc.mesh.local";
    turns_all(name, Step::Service, |world| world.put(UNION));
    let mut world = World::new();
    world.put(&UNION.replace("stok", "stock"));
    let why = world.cart(name);
    assert_eq!((why.verdict, verdict(&why, Step::Ingress)), (Verdict::Ok, Verdict::Ok), "{why:#?}");
    world.drop("ingress");
    assert_eq!(world.cart(name).broken().map(|hop| hop.hop), Some(Step::Ingress));
}
