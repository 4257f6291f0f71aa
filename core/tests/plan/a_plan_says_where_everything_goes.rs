//! A whole plan, as it is written down.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{Part, PartName};

#[test]
fn of_a_proxy_to_which_all_traffic_is_redirected() {
    let mut stage = Stage::with(&[&proxy("cart", 7), &proxy("stock", 8), &service("stock"), MESH].concat());
    stage.vip("stock", 5);
    stage.put(
        "
type: MeshTimeout
mesh: shop
name: patient
spec:
  to:
  - targetRef: {kind: MeshService, name: stock, sectionName: web}
    default: {connectionTimeout: 2s, http: {requestTimeout: 90s}}
---
type: MeshTimeout
mesh: shop
name: brief
spec:
  targetRef: {kind: Dataplane, labels: {app: cart}}
  rules: [{default: {http: {requestTimeout: 3s}}}]
",
    );
    insta::assert_yaml_snapshot!(stage.plan("cart-1"));
}

#[test]
fn of_a_proxy_that_listens_itself() {
    let mut stage = Stage::with(
        &[
            &service("stock"),
            &proxy("stock", 8),
            "
type: Dataplane
mesh: shop
name: plain
networking:
  address: 10.1.0.9
  inbound:
  - {port: 9000, servicePort: 19000, tags: {kuma.io/service: plain, kuma.io/protocol: grpc}}
  - {port: 9001, state: Ignored, tags: {kuma.io/service: plain}}
  outbound:
  - {port: 21000, backendRef: {kind: MeshService, name: stock, port: 80}}
  - {port: 21001, backendRef: {kind: MeshService, name: nobody, port: 80}}
---",
            MESH,
        ]
        .concat(),
    );
    stage.vip("stock", 5);
    insta::assert_yaml_snapshot!(stage.plan("plain"));
}

#[test]
fn of_nobody_before_the_mesh_is_there() {
    let mut stage = Stage::with(&[proxy("cart", 7), service("cart")].concat());
    assert_eq!(stage.plan("cart-1"), []);
    let affected = stage.put(MESH);
    assert_eq!(stage.touched("cart-1", &affected).len(), stage.plan("cart-1").len());
    assert!(!stage.plan("cart-1").is_empty());
    stage.delete("Mesh", "shop");
    assert_eq!(stage.plan("cart-1"), []);
}

#[test]
fn who_names_what_it_reaches_reaches_nothing_else_but_what_routes_lead_to() {
    let limited = proxy("cart", 7).replace(
        "redirectPortOutbound: 15001",
        "redirectPortOutbound: 15001, reachableBackends: {refs: [{kind: MeshService, name: stock}]}",
    );
    let mut stage = Stage::with(&[&limited, &service("stock"), &service("stock-next"), &service("other"), MESH].concat());
    let named = |stage: &Stage| stage.plan("cart-1").iter().map(Part::name).collect::<Vec<_>>();
    let of = |service: &str| {
        let to = destination(service, "web");
        [PartName::Cluster(to.clone()), PartName::Endpoints(to)]
    };
    assert!(of("stock").iter().all(|name| named(&stage).contains(name)));
    assert!(of("other").iter().chain(&of("stock-next")).all(|name| !named(&stage).contains(name)));
    let affected = stage.put(
        "
type: MeshHTTPRoute
mesh: shop
name: canary
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
  - targetRef: {kind: MeshService, name: stock}
    rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {backendRefs: [{kind: MeshService, name: stock-next, port: 80}]}}]
",
    );
    assert!(of("stock-next").iter().all(|name| named(&stage).contains(name)), "{:#?}", named(&stage));
    assert!(of("stock-next").iter().all(|name| stage.touched("cart-1", &affected).contains(name)));
    assert!(!named(&stage).contains(&PartName::Outbound(destination("stock-next", "web"))), "no address leads there by itself");
}
