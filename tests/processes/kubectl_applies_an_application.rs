//! What an unmodified `kubectl` applies to a cluster is in the mesh of its zone, and what is wrong with it is what `kubectl describe` shows.
use crate::{
    cast::until,
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
