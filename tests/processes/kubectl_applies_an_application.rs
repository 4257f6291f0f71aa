//! What an unmodified `kubectl` applies to a cluster is in the mesh of its zone, and what is wrong with it is what `kubectl describe` shows.
use crate::{
    cast::{says, until},
    kube::{Cluster, both, held, until_held},
};
use serde_json::json;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const APPLICATION: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {kuma.io/transparent-proxying: maybe}}
    spec:
      containers:
      - {name: app, image: app, ports: [{name: http, containerPort: 8080}]}
      - {name: kuma-sidecar, image: sidecar}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http, appProtocol: http}]}
";

const POLICIES: &str = "
apiVersion: kuma.io/v1alpha1
kind: MeshTimeout
metadata: {name: slow, namespace: kuma-system}
spec: {targetRef: {kind: Mesh}, to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: 20s}}}]}
---
apiVersion: kuma.io/v1alpha1
kind: MeshTimeout
metadata: {name: wrong, namespace: shop, labels: {kuma.io/mesh: default}}
spec: {to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: soon}}}]}
";

#[test]
fn policies_are_applied_and_what_the_mesh_has_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for program in xtask::kubectl::for_tests() {
        let cluster = Cluster::begin(folder);
        let (global, zone) = both(folder);
        let kubectl = |arguments: &[&str]| said(kubectl(&program, folder, arguments));
        fs::write(folder.join("crds.json"), says(folder, &["kubernetes", "crds"])).unwrap();
        kubectl(&["apply", "-f", "crds.json"]);
        cluster.service("web");
        cluster.pod("web", "web-1", &json!({}));
        until("the kinds are known", || !kubectl(&["api-resources", "--api-group", "kuma.io"]).is_empty());
        fs::write(folder.join("policies.yaml"), POLICIES).unwrap();
        kubectl(&["apply", "-f", "policies.yaml"]);
        for at in [&zone, &global] {
            until_held(folder, "meshtimeouts", at, &["slow"]);
        }
        until("it is described what is wrong", || {
            let described = kubectl(&["describe", "meshtimeout", "wrong", "-n", "shop"]);
            described.contains("strait-zone") && described.contains("requestTimeout")
        });
        until("what is made of pods and services is shown", || {
            let (services, proxies) = (kubectl(&["get", "meshservices", "-A"]), kubectl(&["get", "dp", "-n", "shop"]));
            services.contains("web") && services.contains("MESH") && services.contains("default") && proxies.contains("web-1")
        });
        assert!(kubectl(&["get", "meshes"]).contains("global"));
        let both = kubectl(&["get", "kuma", "-n", "kuma-system"]);
        assert!(both.contains("meshtimeout.kuma.io/slow"), "{both}");
        kubectl(&["delete", "-f", "policies.yaml"]);
        for at in [&zone, &global] {
            until_held(folder, "meshtimeouts", at, &[]);
        }
        fs::remove_dir_all(folder.join("strait-data")).unwrap();
    }
}

#[test]
fn and_describes_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for program in xtask::kubectl::for_tests() {
        let cluster = Cluster::begin(folder);
        let (_global, zone) = both(folder);
        fs::write(folder.join("application.yaml"), APPLICATION).unwrap();
        let kubectl = |arguments: &[&str]| said(kubectl(&program, folder, arguments));
        kubectl(&["apply", "-f", "application.yaml"]);
        until("there are two pods", || cluster.pods_of("web").len() == 2);
        let pods = cluster.pods_of("web");
        pods.iter().for_each(|pod| cluster.is_ready(pod));
        until_held(folder, "dataplanes", &zone, &pods.iter().map(String::as_str).collect::<Vec<_>>());
        until_held(folder, "meshservices", &zone, &["web"]);
        until("it is described what is wrong", || {
            let described = kubectl(&["describe", "pod", &pods[0], "-n", "shop"]);
            described.contains("strait-zone") && described.contains("kuma.io/transparent-proxying")
        });
        kubectl(&["delete", "-f", "application.yaml", "--wait=false"]);
        until("nothing is left of it", || {
            for pod in cluster.pods_of("web") {
                let path = format!("/api/v1/namespaces/shop/pods/{pod}");
                // A kubelet ends what is to end.
                if !cluster.get(&path)["metadata"]["deletionTimestamp"].is_null() {
                    cluster.ask("DELETE", &path, &json!({"gracePeriodSeconds": 0}));
                }
            }
            held(folder, "dataplanes", &zone).is_empty() && held(folder, "meshservices", &zone).is_empty()
        });
    }
}

fn kubectl(program: &Path, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).env_clear().env("HOME", folder).env("KUBECONFIG", folder.join("kubeconfig"));
    command.output().unwrap()
}

fn said(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
