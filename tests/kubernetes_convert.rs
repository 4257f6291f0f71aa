//! `strait kubernetes convert` as a user meets it: what manifests become, what is wrong with which object, and what was made up.
#![allow(missing_docs, clippy::unwrap_used)]
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    process::{Command, Output, Stdio},
};

const SHOP: &str = r#"
kind: Namespace
metadata: {name: shop, labels: {kuma.io/sidecar-injection: enabled}}
---
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, ports: [{name: http, containerPort: 8080}]}, {name: kuma-sidecar}]}
---
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http, appProtocol: http}]}
---
kind: ConfigMap
metadata: {name: not-for-a-mesh}
"#;

fn convert(manifests: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.args(["kubernetes", "convert", "--manifests", "-"]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_deployment_and_its_service_become_a_proxy_and_a_service() {
    let shown = convert(SHOP, &["--zone", "east", "--output", "json"]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown.stderr));
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let names: Vec<_> = shown["resources"].as_array().unwrap().iter().map(|one| (one["type"].clone(), one["name"].clone())).collect();
    assert_eq!(names, [(json!("Dataplane"), json!("web-0.shop")), (json!("MeshService"), json!("web.shop"))]);
    assert_eq!(shown["problems"], json!([]));
    let notes = shown["notes"].to_string();
    for note in ["one of its pods is shown, as web-0", "nothing is made of ConfigMap", "there is no Mesh default", "addresses are made up"]
    {
        assert!(notes.contains(note), "{notes}");
    }
}

/// What it writes is what other commands read.
#[test]
fn what_is_shown_is_read_by_other_commands() {
    let shown = convert(SHOP, &[]);
    let folder = std::env::temp_dir().join(format!("strait-convert-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("resources.yaml");
    fs::write(&file, &shown.stdout).unwrap();
    let mut resolve = Command::new(env!("CARGO_BIN_EXE_strait"));
    let resolved = resolve.args(["policy", "resolve", "--dataplane", "web-0.shop", "--resources"]).arg(&file).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(resolved.status.code(), Some(0), "{}", said(&resolved.stderr));
}

#[test]
fn what_is_wrong_is_said_of_its_object_and_of_no_other() {
    let wrong = SHOP.replace("containers: [{name: app", "containers: [{name: other").replace(", {name: kuma-sidecar}", "");
    let shown = convert(&wrong, &[]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(said(&shown.stderr).contains("warning: Pod shop/web-0: SidecarMissing: "), "{}", said(&shown.stderr));
    assert!(said(&shown.stdout).contains("type: MeshService\n"));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let cases = [
        ("kind: Pod\nmetadata: [", "standard input: line 2 column 11"),
        ("metadata: {name: a}", "standard input: an object without a `kind`"),
        ("kind: Pod", "an object of the kind \"Pod\": metadata.name: must be a name"),
        ("kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: a}", "Pod default/a: it stands twice in these files"),
        ("---\n", "there is no object in these files"),
    ];
    for (manifests, expected) in cases {
        let shown = convert(manifests, &[]);
        assert_eq!(shown.status.code(), Some(2), "{manifests}");
        assert!(said(&shown.stderr).starts_with(expected), "{}", said(&shown.stderr));
    }
}
