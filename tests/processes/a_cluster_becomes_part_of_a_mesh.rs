//! What is applied in the cluster of a zone becomes its proxies and services, and what is deleted there goes; global hears of both.
use crate::{
    cast::{Running, refused, says},
    kube::{Cluster, both, until_held},
};
use serde_json::json;
use std::fs;

#[test]
fn of_pods_and_services_that_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.pod("web", "web-1", &json!({}));
    let (global, zone) = both(folder);
    cluster.pod("web", "web-2", &json!({}));
    cluster.service("web");
    for at in [&zone, &global] {
        until_held(folder, "dataplanes", at, &["web-1", "web-2"]);
        until_held(folder, "meshservices", at, &["web"]);
    }
    cluster.delete_pod("web-1");
    for at in [&zone, &global] {
        until_held(folder, "dataplanes", at, &["web-2"]);
    }
    // Each kind was asked for once, although all of them changed.
    assert_eq!(cluster.requests("list"), [1; 5]);
    assert_eq!(cluster.requests("watch"), [1; 5]);
}

#[test]
fn and_how_it_is_reached_is_said_where_it_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let line = says(folder, &["zone", "token", "east", "--api", &global.api]);
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let own = ["--environment", "kubernetes", "--api-listen", "127.0.0.1:0", "--dns-address", "off", "--proxies-listen", "off"];
    let zone = |more: &[&str]| refused(folder, 2, &[&words[..], &own, more].concat());
    let said = zone(&["--kubeconfig", "absent"]);
    assert!(said.contains("kubernetes.kubeconfig: absent: "), "{said}");
    fs::write(folder.join("nonsense"), "clusters: 5\n").unwrap();
    let said = zone(&["--kubeconfig", "nonsense"]);
    assert!(said.contains("kubernetes.kubeconfig: nonsense: "), "{said}");
    let cluster = Cluster::begin(folder);
    let said = zone(&["--kubeconfig", "kubeconfig", "--kubernetes-context", "elsewhere"]);
    assert!(said.contains("kubernetes.kubeconfig: ") && said.contains("elsewhere"), "{said}");
    drop(cluster);
    // It is no pod either.
    let said = zone(&[]);
    assert!(said.contains("kubernetes.kubeconfig: no file is named, and this is no pod of a cluster"), "{said}");
}
