//! `strait policy resolve` as a user meets it: what policies in files come to, whose each value is, and what is wrong where.
#![allow(missing_docs, clippy::unwrap_used)]
use serde_json::Value;
use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

const MESH: &str = "type: Mesh\nname: default\n";
const PROXIES: &str = "
type: Dataplane
name: web
labels: { app: web, kuma.io/origin: zone, kuma.io/zone: east }
networking:
  address: 10.0.0.1
  inbound: [{ port: 8080, name: http, tags: { kuma.io/service: web, kuma.io/protocol: http } }]
---
type: MeshService
name: api
labels: { app: api, kuma.io/origin: zone, kuma.io/zone: east }
spec: { ports: [{ port: 80, name: http }] }
";
const POLICIES: &str = "
type: MeshTimeout
name: of-all
spec:
  to: [{ targetRef: { kind: Mesh }, default: { idleTimeout: 1h, http: { requestTimeout: 15s } } }]
---
type: MeshTimeout
name: to-api
spec:
  targetRef: { kind: Dataplane, labels: { app: web } }
  to: [{ targetRef: { kind: MeshService, labels: { app: api }, sectionName: http }, default: { http: { requestTimeout: 2s } } }]
---
type: MeshTimeout
name: received
spec:
  rules:
    - default: { idleTimeout: 2h }
    - matches: [{ spiffeID: { type: Prefix, value: 'spiffe://east/ns' } }]
      default: { http: { requestTimeout: 3s } }
---
type: MeshTimeout
name: only-shown
labels: { kuma.io/effect: shadow }
spec: { rules: [{ default: { idleTimeout: 9h } }] }
---
type: MeshTrafficPermission
name: shop
spec: { rules: [{ default: { allow: [{ spiffeID: { type: Prefix, value: 'spiffe://east/ns' } }] } }] }
---
type: MeshTrafficPermission
name: older
spec: { from: [{ targetRef: { kind: MeshSubset, tags: { team: shop } }, default: { action: Allow } }] }
---
type: MeshRetry
name: again
spec:
  to:
    - targetRef: { kind: Mesh }
      default: { http: { numRetries: 2, hostSelection: [{ predicate: OmitPreviousHosts }] } }
    - targetRef: { kind: MeshService, labels: { app: api } }
      default: { http: { numRetries: 0 } }
---
type: MeshHealthCheck
name: often
spec: { to: [{ targetRef: { kind: Mesh }, default: { interval: 5s, http: { path: /ready } } }] }
---
type: MeshHTTPRoute
name: canary
spec:
  to:
    - targetRef: { kind: MeshService, labels: { app: api } }
      rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], default: { filters: [] } }]
";

fn strait(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(["policy", "resolve"]).args(arguments).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("mesh.yaml", MESH), ("proxies.yaml", PROXIES), ("policies.yaml", POLICIES)] {
        fs::write(folder.path().join(name), text.trim_start()).unwrap();
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const ALL: [&str; 6] = ["--resources", "mesh.yaml", "proxies.yaml", "policies.yaml", "--dataplane", "web"];

fn shown(arguments: &[&str]) -> String {
    let folder = folder();
    let output = strait(folder.path(), &[&ALL[..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_table_for_people() {
    insta::assert_snapshot!(shown(&[]));
}

#[test]
fn one_kind_for_machines() {
    let json: Value = serde_json::from_str(&shown(&["--type", "meshtimeouts", "--output", "json"])).unwrap();
    assert_eq!(json["matchedPolicies"], serde_json::json!(["received", "of-all", "to-api"]));
    let rule = &json["toResourceRules"]["kri_msvc_default_east__api_http"];
    assert_eq!(rule["conf"][0]["http"]["requestTimeout"], "2s");
    assert_eq!(rule["values"][0]["/http/requestTimeout"], serde_json::json!({"name": "to-api", "ruleIndex": 0}));
    assert_eq!(rule["values"][0]["/idleTimeout"], serde_json::json!({"name": "of-all", "ruleIndex": 0}));
}

#[test]
fn all_kinds_for_machines_in_kumas_order() {
    let json: Value = serde_json::from_str(&shown(&["-o", "json"])).unwrap();
    let kinds: Vec<&str> = json["kinds"].as_array().unwrap().iter().map(|kind| kind["type"].as_str().unwrap()).collect();
    assert_eq!((json["mesh"].as_str(), json["dataplane"].as_str()), (Some("default"), Some("web")));
    assert_eq!(kinds, ["MeshHTTPRoute", "MeshTimeout", "MeshTrafficPermission", "MeshHealthCheck", "MeshRetry"]);
}

#[test]
fn shadows_count_only_when_that_is_asked() {
    let of = |more: &[&str]| shown(&[&["-t", "MeshTimeout"][..], more].concat());
    assert!(!of(&[]).contains("only-shown"));
    let with = of(&["--with-shadows"]);
    assert!(with.contains("only-shown < ") || with.contains(" < only-shown"), "{with}");
}

#[test]
fn what_is_wrong_is_said_with_its_file_and_its_place() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let timeout = "type: MeshTimeout\nname: wrong\nspec:\n";
    write("broken.yaml", "type: MeshTimeout\nname: [\n");
    write("unknown.yaml", "type: MeshTimeout\nname: one\n---\ntype: MeshTimeout\nname: two\nspek: {}\n");
    write("refused.yaml", &format!("{timeout}  to: [{{ targetRef: {{ kind: Mesh }}, default: {{ idleTimeout: -1s }} }}]\n"));
    write("misread.yaml", "type: MeshHTTPRoute\nname: wrong\nspec: { to: [{ targetRef: { kind: Nonsense } }] }\n");
    write("again.yaml", "type: Mesh\nname: default\n");
    write("empty.yaml", "# nothing\n");
    let with = |file: &'static str| ["-r", "mesh.yaml", file, "-d", "web"].to_vec();
    for (arguments, says) in [
        (with("broken.yaml"), "broken.yaml: line "),
        (with("unknown.yaml"), "unknown.yaml: line 6: spek: unknown field"),
        (
            with("refused.yaml"),
            "refused.yaml: MeshTimeout default/wrong: spec.to[0].default.idleTimeout: must not be negative when defined",
        ),
        (with("misread.yaml"), "misread.yaml: MeshHTTPRoute default/wrong: spec.to[0].targetRef.kind: value 'Nonsense' is not supported"),
        (with("again.yaml"), "again.yaml: Mesh default: it stands also in mesh.yaml"),
        (with("nowhere.yaml"), "nowhere.yaml: No such file"),
        (vec!["-r", "empty.yaml", "-d", "web"], "there is no resource in these files"),
        (vec!["-r", "proxies.yaml", "-d", "wob"], "there is no Dataplane wob in the mesh default in these files; there is web"),
        (
            vec!["-r", "proxies.yaml", "-d", "web", "-m", "other"],
            "there is no Dataplane web in the mesh other in these files; there is none",
        ),
        (
            vec!["-r", "proxies.yaml", "-d", "web", "-t", "MeshRateLimit"],
            "policies of the kind `MeshRateLimit` are not resolved; there are MeshHTTPRoute,",
        ),
        (vec!["-r", "proxies.yaml"], "--dataplane"),
        (vec!["-d", "web"], "--resources"),
        (vec!["-r", "proxies.yaml", "-d", "Web!"], "is not a resource name"),
    ] {
        let output = strait(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn without_a_mesh_that_is_said_and_the_rest_is_shown() {
    let output = strait(folder().path(), &["-r", "proxies.yaml", "policies.yaml", "-d", "web"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("there is no Mesh default in these files"), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("kri_m____"));
}

#[test]
fn standard_input_is_a_file_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_strait"))
        .args(["policy", "resolve", "-r", "-", "-d", "web", "-t", "meshtimeout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{MESH}---{PROXIES}---{POLICIES}").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(text(&output.stdout).contains("policies: received < of-all < to-api"), "{}", text(&output.stdout));
}
