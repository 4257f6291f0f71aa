//! A broken document is refused by line and field, and none brings the reader down.
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;
use strait_core::resource::{from_json, from_yaml, to_json};

/// What is wrong, and a file in which it is.
fn broken() -> Vec<(&'static str, String)> {
    let text = |(what, text): (&'static str, &str)| (what, text.to_owned());
    let written = [
        ("no type", "name: a\nspec: {}\n"),
        ("type not a text", "name: a\ntype: 7\n"),
        ("type in lower case", "# A comment.\n\nname: a\ntype: meshTimeout\n"),
        ("no name", "type: MeshTimeout\nspec: {}\n"),
        ("an empty name", "type: MeshTimeout\nname: ''\n"),
        ("a name with a capital", "type: MeshTimeout\nname: Slow\n"),
        ("a name that YAML takes for a number", "type: MeshTimeout\nname: 12\n"),
        ("a mesh with a space", "type: MeshTimeout\nname: a\nmesh: my mesh\n"),
        ("a mesh that is a list", "type: MeshTimeout\nname: a\nmesh: [default]\n"),
        ("a mesh where there is none", "type: HostnameGenerator\nname: a\nmesh: default\nspec: {}\n"),
        ("an unknown field", "type: MeshTimeout\nname: a\nspec: {}\nspecs: {}\n"),
        ("an unknown field with a dot", "type: MeshTimeout\nname: a\nspec: {}\nkuma.io/mesh: default\n"),
        ("an unknown field in quotes", "type: MeshTimeout\nname: a\nspec: {}\n\"specs\": {}\n"),
        ("a Kubernetes object", "apiVersion: kuma.io/v1alpha1\nkind: MeshTimeout\nmetadata:\n  name: a\nspec: {}\n"),
        ("fields of the spec beside it", "type: MeshTimeout\nname: a\nto: []\n"),
        ("a spec that is a list", "type: MeshTimeout\nname: a\nspec:\n- to: []\n"),
        ("a spec that is a text", "type: MeshTimeout\nname: a\nspec: to\n"),
        ("a spec of a protobuf kind", "type: Mesh\nname: a\nspec:\n  mtls: {}\n"),
        ("an unknown kind without a spec", "type: MeshTimeot\nname: a\n"),
        ("a new kind without a spec", "type: Newcomer2030\nname: a\nport: 1\n"),
        ("a status of a kind that has none", "type: MeshTimeout\nname: a\nspec: {}\nstatus: {}\n"),
        ("a status that is a text", "type: MeshService\nname: a\nspec: {}\nstatus: good\n"),
        ("labels in a list", "type: MeshTimeout\nname: a\nlabels:\n- team\n"),
        ("a label that is a number", "type: MeshTimeout\nname: a\nlabels:\n  team: payments\n  level: 3\n"),
        ("a label that is no text but true", "type: MeshTimeout\nname: a\nlabels: {on-call: true}\n"),
        ("a label without a value", "type: MeshTimeout\nname: a\nlabels:\n  team:\n"),
        ("bytes that are no base64", "type: Newcomer\nname: a\nspec: {\"@type\": '', \"@bytes\": '???'}\n"),
        ("bytes that are no text", "type: Newcomer\nname: a\nspec:\n  '@type': ''\n  '@bytes': 7\n"),
        ("a field beside bytes", "type: Mesh\nname: a\nspec: {'@type': x, '@bytes': ''}\nmtls: {}\n"),
        ("a list", "- type: Mesh\n  name: a\n"),
        ("a text", "# Not yet.\ntype Mesh\n"),
        ("a number", "7\n"),
        ("in the second document", "type: Mesh\nname: a\n---\n\n# Next.\ntype: Mesh\nname: B\n"),
        ("in the second document, on its separator's line", "type: Mesh\nname: a\n--- {type: Mesh}\n"),
        ("in the third of one map each", "{type: Mesh, name: a}\n---\n\n---\n{type: Mesh, name: b}\n--- # c\n{type: Mesh, name: C}\n"),
        ("cut short in a list", "type: MeshTimeout\nname: a\nspec:\n  to: [{targetRef: {kind: Mesh}\n"),
        ("cut short in a text", "type: MeshTimeout\nname: \"a\nspec: {}\n"),
        ("cut short after a key", "type: MeshTimeout\nname: a\nspec\n"),
        ("tabs", "type: MeshTimeout\nname: a\nspec:\n\tto: []\n"),
        ("wrong indentation", "type: MeshTimeout\nname: a\nspec:\n    to: []\n  from: []\n"),
        ("a key twice", "type: MeshTimeout\nname: a\nname: b\n"),
        ("a key twice below", "type: MeshTimeout\nname: a\nspec:\n  to: []\n  from: []\n  to: []\n"),
        ("an alias of nothing", "type: MeshTimeout\nname: a\nspec: *base\n"),
        ("an alias of itself", "type: MeshTimeout\nname: a\nspec: &a\n  to: *a\n"),
        ("a key that is a list", "type: MeshTimeout\nname: a\nspec:\n  [a, b]: c\n"),
        ("a directive", "%YAML 1.2\n---\ntype: Mesh\nname: a\n"),
        ("two documents without a separator", "type: Mesh\nname: a\n...\ntype: Mesh\nname: b\n"),
        ("cut short in the second document", "type: Mesh\nname: a\n---\ntype: Mesh\nname: [\n"),
        ("a zero byte", "type: Mesh\nname: a\0b\n"),
        ("a number past all bounds", "type: MeshTimeout\nname: a\nspec:\n  port: .inf\n"),
        ("bytes of YAML's own", "type: MeshTimeout\nname: a\nspec:\n  key: !!binary '???'\n"),
    ];
    let mut broken: Vec<_> = written.into_iter().map(text).collect();
    let head = "type: MeshTimeout\nname: a\nspec:\n";
    let bomb: String = (1..12).map(|n| format!("  a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    broken.extend([
        ("a quadratic bomb", format!("{head}  a: &a {}\n  b: [{}]\n", "x".repeat(1 << 16), vec!["*a"; 4096].join(", "))),
        ("an alias too often", format!("{head}  a: &a x\n  b: [{}]\n", vec!["*a"; 4096].join(", "))),
        ("lists in lists", format!("{head}  a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000))),
        ("maps in maps", format!("{head}{}", (1..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>())),
        ("maps in maps on a line", format!("{head}  a: {}\n", "{a: ".repeat(100_000))),
        ("questions in questions", format!("{head}  {}\n", "? ".repeat(100_000))),
        ("a billion laughs", format!("{head}  a0: &a0 ha\n{bomb}")),
        ("a name of a megabyte", format!("type: MeshTimeout\nname: {}\n", "a".repeat(1 << 20))),
        ("a type of a megabyte", format!("type: {}\nname: a\n", "M".repeat(1 << 20))),
        ("a key of a megabyte", format!("{head}  {}: 1\n", "k".repeat(1 << 20))),
    ]);
    broken
}

#[test]
fn each_with_what_is_wrong_and_where() {
    let mut table = String::new();
    for (what, text) in broken() {
        let error = from_yaml(&text).map_err(|error| error.to_string()).expect_err(what);
        writeln!(table, "{what}\n    {error}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_parts_of_an_error_are_what_its_text_shows() {
    let error = from_yaml("type: Mesh\nname: a\n---\ntype: MeshRetry\nname: a\nlabels: {level: 3}\n").unwrap_err();
    assert_eq!((error.document, error.line, error.field.as_str()), (Some(2), Some(6), "labels[\"level\"]"));
    assert_eq!(error.message, "must be a text, not a number; quote it");
}

#[test]
fn anchors_and_merged_maps_in_measure_are_no_bomb() {
    let text = "type: MeshTimeout\nname: a\nspec:\n  a: &a {b: 1, c: 2}\n  d: {<<: *a, c: 3}\n  e: *a\n";
    let read = from_yaml(text).unwrap();
    assert_eq!(read[0].spec.value(), Some(&json!({"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}, "e": {"b": 1, "c": 2}})));
}

/// A valid file that has something of everything.
const FILE: &str = "\
# Timeouts of the payments team.
type: MeshTimeout
mesh: default
name: slow-backends
labels:
  team: payments
  note: \"a \\\"quoted\\\" text\"
spec: &spec
  targetRef: {kind: Mesh, proxyTypes: ['Sidecar']}
  to:
  - targetRef:
      kind: MeshService
    default: {idleTimeout: 20s, http: {requestTimeout: 1s}}
--- # The next.
type: Newcomer
name: b
spec:
  note: |
    one
    ---
    two
  more: >-
    folded
    text
  base: &base [1, 2.5, null, ~, true]
  again: *base
";

/// An error has a place, and a text without a line's end.
fn is_told(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = from_yaml(text) {
        let lines = text.lines().count().max(1);
        prop_assert!(error.line.is_some_and(|line| (1..=lines + 1).contains(&line)), "{:?}: {:?}", text, error);
        prop_assert!(error.document.is_some() && !error.message.is_empty(), "{:?}: {:?}", text, error);
    }
    Ok(())
}

#[test]
fn wherever_a_file_is_cut() {
    assert_eq!(from_yaml(FILE).unwrap().len(), 2);
    for (at, _) in FILE.char_indices() {
        is_told(&FILE[..at]).unwrap();
        is_told(&FILE[at..]).unwrap();
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,9}".prop_map(Value::from)
    ];
    let fields = ["type", "mesh", "name", "labels", "spec", "status", "kri", "@type", "@bytes", "mtls"];
    let texts = ["Mesh", "MeshService", "Newcomer", "default", "CAE="].map(|text| Value::String(text.to_owned()));
    prop_oneof![leaf, prop::sample::select(texts.to_vec())].prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(fields.to_vec()), inner, 0..6)
                .prop_map(|fields| fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_text(text in prop_oneof![any::<String>(), "[-a-z:{}\\[\\],&*!|>'\"%@#? \n\t]{0,80}"]) {
        is_told(&text)?;
    }

    #[test]
    fn whatever_stands_within_a_file(at in any::<prop::sample::Index>(), gone in 0usize..30, new in "[-a-z:{}\\[\\],&*!|>'\"%@#? \n\t]{0,6}|\\PC{0,3}") {
        let at = at.index(FILE.len());
        let rest = FILE.get(at + gone..).unwrap_or_default();
        is_told(&format!("{}{new}{rest}", &FILE[..at]))?;
    }

    #[test]
    fn whatever_the_json(value in anything()) {
        match from_json(&value) {
            Ok(resource) => prop_assert_eq!(from_json(&to_json(&resource)), Ok(resource)),
            Err(error) => prop_assert!(!error.message.is_empty() && (value.is_object() != error.field.is_empty()), "{:?}", error),
        }
    }
}
