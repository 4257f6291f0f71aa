//! A launcher says whether its proxy may be sent traffic: once Envoy has its configuration, and not while its connections may end. In a cluster the proxy
//! is a pod, of which the launcher says nothing but its name.
use crate::{
    cast::until,
    kube::{Cluster, both},
    workloads::{Launcher, ask, free},
};
use serde_json::json;
use std::{fs, net::TcpStream};

#[test]
fn once_its_pod_is_known_and_envoy_has_its_configuration() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.ask("POST", "/api/v1/namespaces/shop/serviceaccounts", &json!({"metadata": {"name": "web"}}));
    let wanted = json!({"spec": {"expirationSeconds": 3600}});
    let token = cluster.ask("POST", "/api/v1/namespaces/shop/serviceaccounts/web/token", &wanted);
    fs::write(folder.join("token"), token["status"]["token"].as_str().unwrap()).unwrap();
    let (_global, zone) = both(folder);
    let (port, inbound) = (free(), free());
    let launcher = Launcher::start(
        folder,
        "proxy",
        &[
            ["--name", "web-1.shop"],
            ["--cp-address", &format!("https://localhost:{}", zone.proxies.rsplit_once(':').unwrap().1)],
            ["--ca-cert-file", "strait-data/zone-east/ca.pem"],
            ["--dataplane-token-file", "token"],
            ["--readiness-port", &port.to_string()],
            ["--dns-port", &free().to_string()],
            ["--envoy", envoy.to_str().unwrap()],
            ["--concurrency", "1"],
            ["--drain-time", "1h"],
        ],
    );
    until("somebody can ask", || ask(port, "/ready").0 != 0);
    let unknown = (503, "no control plane has given a bootstrap yet\n".to_owned());
    assert_eq!(ask(port, "/ready"), unknown);
    assert_eq!(ask(port, "/other").0, 404);

    let containers = json!([
        {"name": "app", "image": "app", "ports": [{"name": "http", "containerPort": inbound}]},
        {"name": "kuma-sidecar", "image": "strait"},
    ]);
    let spec = json!({"nodeName": "node", "serviceAccountName": "web", "containers": containers});
    cluster.ask("POST", "/api/v1/namespaces/shop/pods", &json!({"metadata": {"name": "web-1", "labels": {"app": "web"}}, "spec": spec}));
    cluster.service("web");
    // Its own proxy is not ready yet: nobody waits for that here.
    let status = json!({"status": {"phase": "Running", "podIP": "127.0.0.1"}});
    cluster.ask("PATCH", "/api/v1/namespaces/shop/pods/web-1/status", &status);
    until("it is ready", || ask(port, "/ready") == (200, "ready\n".to_owned()));
    // What it was told to take it takes.
    TcpStream::connect(("127.0.0.1", inbound)).unwrap();

    launcher.terminate();
    until("it says that it ends", || ask(port, "/ready") == (503, "Envoy is DRAINING\n".to_owned()));
}
