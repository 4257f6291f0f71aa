//! A launcher says whether its proxy may be sent traffic: once Envoy has its configuration, and not while its connections may end. In a cluster the proxy
//! is a pod, of which the launcher says nothing but its name, and whose token becomes another from time to time.
use crate::{
    cast::{Running, says, until},
    kube::{Cluster, both, status},
    workloads::{Launcher, ask, free},
};
use serde_json::{Value, json};
use std::{fs, net::TcpStream, path::Path};

const ACCOUNTS: &str = "/api/v1/namespaces/shop/serviceaccounts";

/// The account of the pod with a token in the file `token`, in the place of the one before.
fn account(folder: &Path, cluster: &Cluster) {
    cluster.ask("POST", ACCOUNTS, &json!({"metadata": {"name": "web"}}));
    let token = cluster.ask("POST", &format!("{ACCOUNTS}/web/token"), &json!({"spec": {"expirationSeconds": 3600}}));
    fs::write(folder.join("token.new"), token["status"]["token"].as_str().unwrap()).unwrap();
    fs::rename(folder.join("token.new"), folder.join("token")).unwrap();
}

/// The launcher of the pod `web-1`, which says on this port whether it is ready.
fn launcher(folder: &Path, zone: &Running, envoy: &Path, port: u16) -> Launcher {
    let zone = zone.proxies.rsplit_once(':').unwrap().1;
    let arguments = [
        ["--name", "web-1.shop"],
        ["--cp-address", &format!("https://localhost:{zone}")],
        ["--ca-cert-file", "strait-data/zone-east/ca.pem"],
        ["--dataplane-token-file", "token"],
        ["--readiness-port", &port.to_string()],
        ["--dns-port", &free().to_string()],
        ["--envoy", envoy.to_str().unwrap()],
        ["--concurrency", "1"],
        ["--drain-time", "1h"],
    ];
    Launcher::start(folder, "proxy", &arguments)
}

/// The pod `web-1` on this machine, with this port.
fn pod(cluster: &Cluster, port: u16) {
    let containers = json!([
        {"name": "app", "image": "app", "ports": [{"name": "http", "containerPort": port}]},
        {"name": "kuma-sidecar", "image": "strait"},
    ]);
    let spec = json!({"nodeName": "node", "serviceAccountName": "web", "containers": containers});
    cluster.ask("POST", "/api/v1/namespaces/shop/pods", &json!({"metadata": {"name": "web-1", "labels": {"app": "web"}}, "spec": spec}));
    cluster.service("web");
    // Its own proxy is not ready yet: nobody waits for that here.
    let status = json!({"status": {"phase": "Running", "podIP": "127.0.0.1"}});
    cluster.ask("PATCH", "/api/v1/namespaces/shop/pods/web-1/status", &status);
}

fn until_ready(port: u16) {
    until("it is ready", || ask(port, "/ready") == (200, "ready\n".to_owned()));
}

#[test]
fn once_its_pod_is_known_and_envoy_has_its_configuration() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    account(folder, &cluster);
    let (_global, zone) = both(folder);
    let (port, inbound) = (free(), free());
    let launcher = launcher(folder, &zone, &envoy, port);
    until("somebody can ask", || ask(port, "/ready").0 != 0);
    assert_eq!(ask(port, "/ready"), (503, "no control plane has given a bootstrap yet\n".to_owned()));
    assert_eq!(ask(port, "/other").0, 404);
    pod(&cluster, inbound);
    until_ready(port);
    // What it was told to take it takes.
    TcpStream::connect(("127.0.0.1", inbound)).unwrap();
    launcher.terminate();
    until("it says that it ends", || ask(port, "/ready") == (503, "Envoy is DRAINING\n".to_owned()));
}

/// Whoever has it connected once need not show it again; a control plane that is started anew knows nobody.
#[test]
fn also_when_its_token_was_renewed() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    account(folder, &cluster);
    let (global, zone) = both(folder);
    let port = free();
    let _launcher = launcher(folder, &zone, &envoy, port);
    pod(&cluster, free());
    until_ready(port);
    let is_connected = |zone: &Running| status(folder, zone)["proxies"]["default/web-1.shop"]["session"] != Value::Null;
    until("it is connected", || is_connected(&zone));

    // The first token ends with the account.
    cluster.ask("DELETE", &format!("{ACCOUNTS}/web"), &json!({}));
    account(folder, &cluster);
    let at = zone.proxies.clone();
    zone.kill();
    let line = says(folder, &["zone", "token", "east", "--api", &global.api]);
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let own = ["--environment", "kubernetes", "--kubeconfig", "kubeconfig", "--proxies-listen", &at];
    let zone = Running::start(folder, &[&words[..], &own].concat());
    until("it is connected again", || is_connected(&zone));
    assert_eq!(ask(port, "/ready").0, 200);
}
