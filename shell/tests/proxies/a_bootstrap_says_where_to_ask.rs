//! What Envoy starts with.
use serde_json::json;
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
