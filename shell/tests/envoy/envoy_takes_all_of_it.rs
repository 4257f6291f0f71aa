//! Envoy itself judges what is rendered (`--mode validate`).
use crate::stage::{ingress, known, listening, names, odd, redirected, rendered};
use serde_json::{Value, json};
use std::process::Command;
use strait_core::plan::Part;
use strait_proto::envoy_json::to_json;
use strait_shell::{envoy::XdsType, proxies::layered_runtime};

/// Everything that does not come from elsewhere, in one file. Endpoints cannot stand in it: they are judged as they would be of a cluster
/// that has them.
fn config(parts: &[Part]) -> Value {
    let (mut listeners, mut clusters, mut endpoints) = (Vec::new(), Vec::new(), Vec::new());
    for one in rendered(parts, "names.sock") {
        let mut value = to_json(one.resource.resource.as_ref().unwrap()).unwrap();
        value.as_object_mut().unwrap().remove("@type");
        match one.of {
            XdsType::Listener => listeners.push(value),
            XdsType::Cluster => clusters.push(value),
            XdsType::Endpoints => endpoints.push(value),
            // Whom to trust is judged when it comes; the certificates in it are none here.
            XdsType::Secret => assert!(value["validationContext"].is_object(), "{value}"),
        }
    }
    for (index, endpoints) in endpoints.into_iter().enumerate() {
        let name = format!("endpoints-{index}");
        let mut load = endpoints;
        load["clusterName"] = name.clone().into();
        clusters.push(json!({"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": load}));
    }
    let ads = json!({"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": [{"envoy_grpc": {"cluster_name": "ads"}}]});
    let upstream = json!({
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    });
    clusters.push(json!({
        "name": "ads", "type": "STATIC", "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "ads", "endpoints": []},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": upstream},
    }));
    json!({
        "node": {"id": "shop.cart", "cluster": "cart"},
        "dynamic_resources": {"ads_config": ads},
        "static_resources": {"listeners": listeners, "clusters": clusters},
        "layered_runtime": layered_runtime(),
    })
}

fn judge(parts: &[Part]) {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("envoy.json");
    std::fs::write(&path, config(parts).to_string()).unwrap();
    let done = Command::new(envoy).args(["--mode", "validate", "-l", "error", "-c"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{}", std::fs::read_to_string(&path).unwrap());
}

#[test]
fn of_a_proxy_to_which_all_is_redirected() {
    judge(&redirected(true));
}

#[test]
fn of_a_mesh_that_nothing_leaves() {
    judge(&redirected(false));
}

#[test]
fn of_a_proxy_that_listens_itself() {
    judge(&listening());
}

#[test]
fn of_an_ingress() {
    judge(&ingress(10001, 8080));
}

#[test]
fn of_a_proxy_that_proves_who_it_is() {
    judge(&known());
}

#[test]
fn of_routes_that_are_as_odd_as_they_may_be() {
    judge(&odd());
}

#[test]
fn of_a_proxy_that_is_told_many_names() {
    judge(&[names(1000)]);
}
