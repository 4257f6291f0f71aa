//! Who a proxy says it is: by its bootstrap, and on its stream.
use strait_proto::envoy::config::core::v3::Node;
use strait_shell::proxies::{BootstrapRequest, Claim};

const DATAPLANE: &str =
    "{type: Dataplane, mesh: shop, name: cart, networking: {address: 10.1.0.7, inbound: [{port: 80, tags: {kuma.io/service: cart}}]}}";

fn refused(request: BootstrapRequest) -> String {
    request.claim().unwrap_err().to_string()
}

#[test]
fn a_dataplane_that_it_brings_along_says_the_rest() {
    let request = BootstrapRequest { dataplane_resource: DATAPLANE.to_owned(), ..BootstrapRequest::default() };
    let claim = request.claim().unwrap();
    assert_eq!((claim.key().to_string(), claim.dataplane.is_some()), ("Dataplane shop/cart".to_owned(), true));
    let named = BootstrapRequest { name: "cart".to_owned(), ..BootstrapRequest::default() }.claim().unwrap();
    assert_eq!((named.key().to_string(), named.dataplane), ("Dataplane default/cart".to_owned(), None));
}

#[test]
fn what_is_wrong_is_named() {
    let with = |text: &str| BootstrapRequest { dataplane_resource: text.to_owned(), ..BootstrapRequest::default() };
    assert!(
        refused(with("{type: Mesh, name: shop}")).contains("type: must be Dataplane, not Mesh"),
        "{}",
        refused(with("{type: Mesh, name: shop}"))
    );
    assert!(refused(with("a: [")).starts_with("dataplaneResource: "));
    assert!(refused(with(&"#".repeat(300_000))).contains("must not be longer than 262144 bytes"));
    assert!(refused(BootstrapRequest::default()).starts_with("name: "));
    assert!(
        refused(BootstrapRequest { name: "other".to_owned(), ..with(DATAPLANE) })
            .contains("Dataplane shop/cart was brought along for Dataplane shop/other")
    );
    assert!(
        refused(BootstrapRequest { proxy_type: "ingress".to_owned(), ..with(DATAPLANE) })
            .contains("mesh: an ingress is of no mesh, not of `shop`")
    );
    assert!(
        refused(BootstrapRequest { proxy_type: "egress".to_owned(), ..with(DATAPLANE) })
            .contains("proxyType: must be `dataplane` or `ingress`, not `egress`")
    );
}

#[test]
fn what_no_zone_would_keep_is_refused_before_an_envoy_starts() {
    let dataplane =
        DATAPLANE.replace("inbound: [{port: 80,", "outbound: [{port: 81, backendRef: {kind: MeshService, name: a}}], inbound: [{port: 0,");
    let why = refused(BootstrapRequest { dataplane_resource: dataplane, ..BootstrapRequest::default() });
    for field in ["networking.inbound[0].port: ", "networking.outbound[0].backendRef.port: "] {
        assert!(why.starts_with("Dataplane shop/cart: ") && why.contains(field), "{why}");
    }
}

#[test]
fn an_ingress_is_of_no_mesh() {
    let ingress = "{type: ZoneIngress, name: door, networking: {address: 10.1.0.100, port: 10001}}".to_owned();
    let request = BootstrapRequest { proxy_type: "ingress".to_owned(), dataplane_resource: ingress.clone(), ..BootstrapRequest::default() };
    assert_eq!(request.claim().unwrap().key().to_string(), "ZoneIngress door");
    assert!(
        refused(BootstrapRequest { dataplane_resource: ingress, ..BootstrapRequest::default() })
            .contains("type: must be Dataplane, not ZoneIngress")
    );
    let dataplane = BootstrapRequest { proxy_type: "ingress".to_owned(), name: "cart".to_owned(), ..BootstrapRequest::default() };
    assert!(refused(BootstrapRequest { mesh: "shop".to_owned(), ..dataplane }).contains("mesh: an ingress is of no mesh"));
}

#[test]
fn a_stream_says_it_by_its_node() {
    let node = |id: &str| Node { id: id.to_owned(), ..Node::default() };
    let claim = Claim::of_node(&node("shop.cart.ns")).unwrap();
    assert_eq!(claim.key().to_string(), "Dataplane shop/cart.ns");
    let kind = Some(prost_types::value::Kind::StringValue("ingress".to_owned()));
    let fields = [("dataplane.proxyType".to_owned(), prost_types::Value { kind })].into();
    let ingress = Node { metadata: Some(prost_types::Struct { fields }), ..node(".door") };
    assert_eq!(Claim::of_node(&ingress).unwrap().key().to_string(), "ZoneIngress door");
    assert!(Claim::of_node(&node(".door")).is_err(), "an ingress says that it is one");
    assert!(Claim::of_node(&node("cart")).unwrap_err().to_string().contains("node.id: must be MESH.NAME"));
}
