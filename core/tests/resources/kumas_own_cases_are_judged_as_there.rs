//! Kuma's own cases of validation, of the kinds that we understand, are judged as there. They are no part of this repository.
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use strait_core::resource::{from_json, model};

/// One case.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    kind: Option<String>,
    form: String,
    name: Option<String>,
    input: Value,
    opts: Option<Value>,
    violations: Vec<Violation>,
    /// Whether the messages are those of Go's libraries.
    go_message: bool,
}

#[derive(Deserialize)]
struct Violation {
    field: String,
    message: String,
}

#[test]
fn field_by_field() {
    let folder =
        env::var_os("STRAIT_GOLDEN").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden"), PathBuf::from);
    let path = folder.join("validation.jsonl");
    if !path.exists() {
        let missing = format!("the cases {} are missing: STRAIT_GOLDEN says where they are", path.display());
        assert!(env::var_os("CI").is_none(), "{missing}");
        // Not `eprintln!`, which the harness would keep to itself.
        io::stderr().write_all(format!("SKIPPED: {missing}\n").as_bytes()).unwrap();
        return;
    }
    let mut judged: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in fs::read_to_string(&path).unwrap().lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let Some(found) = violations(&case) else { continue };
        let shown = |field: &str, message: &str| if case.go_message { field.to_owned() } else { format!("{field}: {message}") };
        let mut expected: Vec<String> = case.violations.iter().map(|one| shown(&one.field, &one.message)).collect();
        let mut found: Vec<String> = found.iter().map(|(field, message)| shown(field, message)).collect();
        expected.sort();
        found.sort();
        if found != expected {
            wrong.push(format!("{}\n  Kuma: {expected:?}\n  here: {found:?}", case.id));
        }
        *judged.entry(case.kind.unwrap()).or_default() += 1;
    }
    let told = format!("Kuma's cases of validation: {judged:?}\n");
    io::stderr().write_all(told.as_bytes()).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        ["MeshHTTPRoute", "MeshTrafficPermission", "MeshTimeout", "MeshHealthCheck", "MeshRetry"]
            .iter()
            .all(|kind| judged.contains_key(*kind)),
        "{judged:?}"
    );
}

/// What is wrong with a resource of a kind that we understand; else `None`.
fn violations(case: &Case) -> Option<Vec<(String, String)>> {
    let kind = case.kind.as_ref()?;
    let understood = [
        "Mesh",
        "Dataplane",
        "MeshService",
        "HostnameGenerator",
        "MeshTimeout",
        "MeshHTTPRoute",
        "MeshHealthCheck",
        "MeshRetry",
        "MeshTrafficPermission",
    ];
    if !understood.contains(&kind.as_str()) || case.opts.is_some() {
        return None;
    }
    let mut whole = match case.form.as_str() {
        "spec" => json!({"spec": case.input}),
        "resource" => case.input.clone(),
        _ => return None,
    };
    let fields: &mut Map<String, Value> = whole.as_object_mut()?;
    fields.insert("type".to_owned(), json!(kind));
    fields.insert("name".to_owned(), json!(case.name.as_deref().unwrap_or("a")));
    if kind != "Mesh" && kind != "HostnameGenerator" {
        fields.entry("mesh").or_insert_with(|| json!("default"));
    }
    let resource = from_json(&whole).unwrap_or_else(|error| panic!("{}: {error}", case.id));
    Some(model::validate(&resource))
}
