//! A zone in a cluster whose data directory is lost has its addresses, its proxies and services, and what users wrote in it, again; global goes on
//! with it as if nothing had been.
use crate::{
    cast::{Running, says, until},
    kube::{self, Cluster, both, held, status, until_held},
};
use serde_json::{Value, json};
use std::fs;

const UNION: &str = "type: MeshMultiZoneService
name: NAME
mesh: default
spec:
  selector: {meshService: {matchLabels: {app: NAME}}}
  ports: [{port: 80, appProtocol: http}]
";
const OWN: &str = "type: MeshTimeout
name: by-hand
mesh: default
spec: {targetRef: {kind: Mesh}, to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: 7s}}}]}
";

fn addresses(zone: &Running, folder: &std::path::Path) -> Vec<(String, String)> {
    let said = says(folder, &["get", "meshmultizoneservices", "--api", &zone.api, "--output", "json"]);
    let all: Value = serde_json::from_str(&said).unwrap();
    let one = |one: &Value| {
        let name = one["labels"]["kuma.io/display-name"].as_str().or(one["name"].as_str()).unwrap_or_default();
        Some((name.to_owned(), one["status"]["vips"][0]["ip"].as_str()?.to_owned()))
    };
    let mut found: Vec<_> = all.as_array().unwrap().iter().filter_map(one).collect();
    found.sort();
    found
}

#[test]
fn with_all_that_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::with_kinds(folder);
    cluster.service("web");
    cluster.pod("web", "web-1", &json!({}));
    let (global, zone) = both(folder);
    for name in ["one", "two", "three"] {
        fs::write(folder.join("union.yaml"), UNION.replace("NAME", name)).unwrap();
        says(folder, &["apply", "-f", "union.yaml", "--api", &global.api]);
    }
    until("all have addresses", || addresses(&zone, folder).len() == 3);
    // The first one's address is not the first any more.
    says(folder, &["delete", "meshmultizoneservice", "one", "--api", &global.api]);
    fs::write(folder.join("own.yaml"), OWN).unwrap();
    until("the zone has the mesh", || held(folder, "meshes", &zone) == ["default"]);
    says(folder, &["apply", "-f", "own.yaml", "--api", &zone.api]);
    until("it is in the cluster", || cluster.names_of("meshtimeouts").len() == 1);
    until_held(folder, "meshtimeouts", &global, &["by-hand"]);
    until("one is gone", || addresses(&zone, folder).len() == 2);
    let before = addresses(&zone, folder);
    let kept = cluster.get("/api/v1/namespaces/kuma-system/configmaps?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dstrait-zone");
    let kept: Vec<&str> = kept["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(kept, ["strait-history-east", "strait-vip-243-0-0-0", "strait-vip-243-0-0-1", "strait-vip-243-0-0-2"]);

    zone.kill();
    fs::remove_dir_all(folder.join("strait-data/zone-east")).unwrap();
    let zone = kube::zone(folder, "east", &global);
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    until("all have the addresses that they had", || addresses(&zone, folder) == before);
    for at in [&zone, &global] {
        until_held(folder, "dataplanes", at, &["web-1"]);
        until_held(folder, "meshservices", at, &["web"]);
        until_held(folder, "meshtimeouts", at, &["by-hand"]);
    }
    // Global takes what it says from now on, too.
    cluster.pod("web", "web-2", &json!({}));
    for at in [&zone, &global] {
        until_held(folder, "dataplanes", at, &["web-1", "web-2"]);
    }
    let lanes = status(folder, &global)["zones"]["east"].clone();
    assert_eq!([&lanes["provided"]["frozen"], &lanes["consumed"]["frozen"]], [&Value::Null, &Value::Null], "{lanes}");
    // And nothing of it is there twice.
    assert_eq!(cluster.names_of("meshtimeouts").len(), 1);
}
