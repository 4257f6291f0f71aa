//! What Envoy starts with.
use crate::port::{LISTENS, Port};
use serde_json::{Value, json};
use strait_core::resource::to_json;
use strait_shell::proxies::{Bootstrap, BootstrapRequest, Reached};

fn bootstrap(host: &str, socket_mark: u32) -> Bootstrap {
    let dataplane = json!({
        "type": "Dataplane", "mesh": "shop", "name": "cart",
        "networking": {
            "address": "10.1.0.7", "admin": {"port": 9901},
            "inbound": [{"port": 80, "tags": {"kuma.io/service": "cart"}}],
        },
    });
    let request = BootstrapRequest {
        dataplane_resource: dataplane.to_string(),
        dataplane_token: "token".to_owned(),
        socket_mark,
        ..BootstrapRequest::default()
    };
    let claim = request.claim().unwrap();
    let known = claim.dataplane.as_ref().map(to_json);
    Bootstrap::new(&request, &claim, known.as_ref(), Reached { host, port: 5678, authority: "PEM" })
}

#[test]
fn by_an_address_and_with_a_mark() {
    insta::assert_json_snapshot!(bootstrap("10.1.0.1", 5632).config());
}

#[test]
fn by_a_name() {
    let bootstrap = bootstrap("zone.example", 0);
    let cluster = &bootstrap.config()["static_resources"]["clusters"][0];
    assert_eq!(cluster["type"], "STRICT_DNS");
    let tls = &cluster["transport_socket"]["typed_config"];
    assert_eq!(tls["sni"], "zone.example");
    assert_eq!(tls["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"][0]["san_type"], "DNS");
    assert_eq!(bootstrap.config()["cluster_manager"], json!(null));
    assert_eq!(bootstrap.for_launcher()["kumaSidecarConfiguration"]["networking"]["address"], "10.1.0.7");
}

/// A launcher that brings no `Dataplane` knows it from there only.
#[test]
fn and_whether_traffic_is_redirected() {
    let (request, reached) =
        (BootstrapRequest { name: "cart".to_owned(), ..BootstrapRequest::default() }, Reached { host: "x", port: 1, authority: "" });
    let claim = request.claim().unwrap();
    let ports = json!({"redirectPortInbound": 15006, "redirectPortOutbound": 15001});
    for (networking, is_redirected) in [
        (json!({"transparentProxying": ports}), true),
        (json!({"transparent_proxying": ports}), true),
        (json!({"transparentProxying": null}), false),
        (json!({}), false),
    ] {
        let answer = Bootstrap::new(&request, &claim, Some(&json!({"networking": networking})), reached).for_launcher();
        assert_eq!(answer["kumaSidecarConfiguration"]["networking"]["isUsingTransparentProxy"], json!(is_redirected), "{networking}");
    }
}

/// The port may be another than where the control plane listens, as behind a load balancer.
#[tokio::test]
async fn as_the_launcher_reached_it() {
    let port = Port::open();
    let reached = [("zone.example:8443", "zone.example", 8443), ("zone.example", "zone.example", LISTENS), ("[::1]:9", "::1", 9)];
    for (host, address, number) in reached {
        let (status, body) = port.bootstrap(host, &json!({"mesh": "shop", "name": "cart"}).to_string()).await;
        assert_eq!(status, "200", "{body}");
        let config: Value = serde_json::from_str(&body).unwrap();
        let endpoint = "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
        assert_eq!(config.pointer(endpoint), Some(&json!({"address": address, "port_value": number})));
    }
}

#[tokio::test]
async fn or_to_ask_later() {
    let port = Port::open();
    let (status, why) = port.bootstrap("zone.example", &json!({"mesh": "late", "name": "cart"}).to_string()).await;
    assert_eq!((status.as_str(), why.as_str()), ("503", "there is no mesh `late`"));
}
