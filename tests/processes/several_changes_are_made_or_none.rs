//! What is applied at once is written whole, or not at all; what is wrong is named with its place.
use crate::cast::{Running, answer, says, strait};
use serde_json::{Value, json};
use std::path::Path;

const MESH: &str = "type: Mesh\nname: default\n";

fn timeout(name: &str) -> String {
    format!(
        "---\ntype: MeshTimeout\nmesh: default\nname: {name}\nspec:\n  targetRef: {{ kind: Mesh }}\n  to: [{{ targetRef: {{ kind: Mesh }}, default: {{ connectionTimeout: 2s }} }}]\n"
    )
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = strait(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

#[test]
fn a_file_with_a_mistake_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    let global = Running::global(folder);
    let api = ["--api", global.api.as_str()];
    let apply = |file: &str| refused(folder, &[&["apply", "-f", file][..], &api[..]].concat());
    let good = || format!("{MESH}{}", timeout("good"));

    write("bad.yaml", format!("{}---\ntype: MeshTimeuot\nname: x\nmesh: default\nspec: {{}}\n", good()));
    let said = apply("bad.yaml");
    assert!(
        said.contains("bad.yaml: MeshTimeuot default/x: type: no kind of resource is called `MeshTimeuot`; is MeshTimeout meant?"),
        "{said}"
    );
    // A form that only the control plane can judge.
    write("wrong.yaml", format!("{}{}", good(), timeout("wrong").replace("connectionTimeout: 2s", "connectionTimeout: soon")));
    let said = apply("wrong.yaml");
    assert!(said.contains("wrong.yaml: MeshTimeout default/wrong: spec.to[0].default.connectionTimeout: "), "{said}");
    // A mistake in one file is one in all of them.
    write("good.yaml", good());
    write("worse.yaml", "type: MeshTimeout\nname: [\n".to_owned());
    let said = refused(folder, &[&["apply", "-f", "good.yaml", "-f", "worse.yaml"][..], &api[..]].concat());
    assert!(said.starts_with("worse.yaml: "), "{said}");
    for kind in ["meshes", "meshtimeouts"] {
        let held = says(folder, &[&["get", kind][..], &api[..]].concat());
        assert_eq!(held.lines().count(), 1, "only the head of the table, and not:\n{held}");
    }

    assert_eq!(
        says(folder, &[&["apply", "-f", "good.yaml"][..], &api[..]].concat()),
        "created Mesh default\ncreated MeshTimeout default/good\n"
    );
    let nobody = refused(folder, &["status", "--api", "127.0.0.1:1"]);
    assert!(nobody.contains("no control plane answers at http://127.0.0.1:1"), "{nobody}");
    refused(folder, &[&["get", "meshtimeuots"][..], &api[..]].concat());
}

#[test]
fn the_api_names_the_change_and_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let global = Running::global(folder.path());
    let change = |body: &Value| {
        let (status, said) = answer(&global.api, "POST", "/_changes", &body.to_string());
        (status, serde_json::from_str::<Value>(&said).unwrap_or_else(|_| panic!("no JSON: {said}")))
    };
    let mesh = json!({"put": {"type": "Mesh", "name": "default"}});
    let retry = |name: &str| json!({"put": {"type": "MeshTimeout", "mesh": "default", "name": name, "spec": {"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": "2s"}}]}}});
    let delete = |name: &str| json!({"delete": {"type": "MeshTimeout", "mesh": "default", "name": name}});
    for (body, field, why) in [
        (json!({"changes": [mesh, retry("a"), retry("a")]}), "changes[2].put.name", "stands twice in one edit"),
        (json!({"changes": [retry("a")]}), "changes[0].put.mesh", "mesh `default` does not exist"),
        (json!({"changes": [mesh, {"put": {"type": "Mesh", "name": "X!"}}]}), "changes[1].put.name", "X!"),
        (
            json!({"changes": [mesh, {"delete": {"type": "MeshTimeout", "name": "a", "spec": {}}}]}),
            "changes[1].delete.spec",
            "unknown field",
        ),
        (json!({"changes": [mesh, {"delete": {"type": "MeshTimeuot", "name": "a"}}]}), "changes[1].delete.type", "is MeshTimeout meant?"),
        (json!({"changes": [mesh, {"replace": {}}]}), "changes[1]", "must be"),
        (json!({"changes": {}}), "changes", "must be"),
        (json!({"changes": [], "dryRun": true}), "dryRun", "unknown field"),
    ] {
        let (status, said) = change(&body);
        assert_eq!(status, 400, "{body}: {said}");
        let named = &said["invalid_parameters"][0];
        assert_eq!(named["field"], field, "{body}: {said}");
        assert!(named["reason"].as_str().unwrap().contains(why), "{body}: {said}");
    }
    assert_eq!(answer(&global.api, "GET", "/meshes/default", "").0, 404, "nothing was written");

    let (status, said) = change(&json!({"changes": [mesh, retry("a"), retry("b")]}));
    assert_eq!((status, &said["changes"]), (200, &json!(["created", "created", "created"])), "{said}");
    assert!(said["head"]["seq"].is_u64(), "{said}");
    let (status, said) = change(&json!({"changes": [retry("b"), delete("a"), delete("never")]}));
    assert_eq!((status, &said["changes"]), (200, &json!(["configured", "deleted", "absent"])), "{said}");
    assert_eq!(answer(&global.api, "GET", "/meshes/default/meshtimeouts/a", "").0, 404);
    assert_eq!(answer(&global.api, "GET", "/meshes/default/meshtimeouts/b", "").0, 200);
    assert_eq!(change(&json!({"changes": []})).0, 200, "nothing to do is done");

    let (status, said) = change(&json!({"changes": [{"put": {"type": "Mesh", "name": "x".repeat(17 << 20)}}]}));
    assert_eq!(status, 413);
    assert!(said["detail"].as_str().unwrap().contains("at most 16777216"), "{said}");
}
