//! A resource that is written reads back without loss, as YAML and as JSON.
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use strait_core::resource::{Encoding, KNOWN_KINDS, Key, Kind, KindFacts, MeshName, RawSpec, Resource, ResourceName, Scope, Spec};
use strait_core::resource::{from_json, from_yaml, to_json, to_yaml};

/// Texts that YAML could take for something else, and others that no editor likes.
#[rustfmt::skip]
const ODD: &[&str] = &[
    "", " ", "  ", "a ", " a", "true", "False", "no", "on", "y", "null", "Null", "~", "0", "-1", "1.0", "0x10", "0o7", "010", "1_000",
    "1e3", ".5", ".inf", "-.INF", ".nan", "2030-01-02", "12:30:45", "---", "...", "--- a", "a\n---\nb", "- a", "-", "?", "? a", ":",
    "a: b", "a:", "#", "a #b", "<<", "=", "*a", "&a", "!a", "!!str a", "|", "|\n a", ">", "%YAML 1.2", "@a", "`a`", "'", "\"", "\\", "{}",
    "[]", "{a: b}", ",", "a\r\nb", "\t", "it's \"both\"",
];
#[rustfmt::skip]
const ODDER: &[&str] = &[
    "\n", "\n\n", "a\n", "a\n\n", "\na", "  a\nb", "a\n  b\n", "a\n\tb", "a \nb", "\r", "a\rb", "\0", "\u{1b}[0m", "\u{7f}\u{85}",
    "\u{feff}a", "\u{2028}a\u{2029}", "\u{fffe}\u{10ffff}",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}".prop_map(|text| text),
        3 => prop::sample::select(ODD).prop_map(str::to_owned),
        2 => prop::sample::select(ODDER).prop_map(str::to_owned),
        2 => "[ -~\n\t]{0,20}".prop_map(|text| text),
        1 => any::<String>(),
        1 => "[a-z \n]{60,200}".prop_map(|text| text),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-9i64..9).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-9i32..9).prop_map(|whole| Value::from(f64::from(whole))),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn fields() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(text(), value(), 0..5).prop_map(|fields| fields.into_iter().collect())
}

fn raw() -> impl Strategy<Value = RawSpec> {
    (text(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(type_url, bytes)| RawSpec { type_url, bytes })
}

fn spec() -> impl Strategy<Value = Spec> {
    prop_oneof![4 => fields().prop_map(|fields| Spec::new(Value::Object(fields))), 1 => raw().prop_map(Spec::opaque)]
}

fn kind() -> impl Strategy<Value = (Kind, Option<&'static KindFacts>)> {
    prop_oneof![
        4 => prop::sample::select(KNOWN_KINDS).prop_map(|facts| facts.name.to_owned()),
        1 => "[A-Z][A-Za-z0-9]{0,62}",
    ]
    .prop_map(|name| {
        let kind = Kind::new(&name).unwrap();
        (kind.clone(), kind.facts())
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let mesh = prop_oneof!["[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", Just("true".to_owned()), Just("1e3".to_owned()), Just("null".to_owned())];
    let name = prop_oneof!["[a-z0-9]([a-z0-9._-]{0,80}[a-z0-9])?", Just("0".to_owned()), Just("1.5".to_owned()), Just("0x1f".to_owned())];
    let labels = prop::collection::btree_map(text(), text(), 0..4);
    (kind(), mesh, name, labels, spec(), prop::option::of(spec()), any::<bool>()).prop_map(
        |((kind, facts), mesh, name, labels, mut spec, status, in_mesh)| {
            let in_mesh = facts.map_or(in_mesh, |facts| facts.scope == Scope::Mesh);
            let has_status = facts.is_none_or(|facts| facts.status);
            if let (Some(Encoding::Protobuf(_)), Some(fields)) = (facts.map(|facts| facts.encoding), spec.value()) {
                // No message of Kuma's has a field of these names: they stand beside its fields.
                let mut fields = fields.clone();
                let reserved = ["type", "mesh", "name", "labels", "spec", "creationTime", "modificationTime", "kri"];
                reserved.iter().for_each(|name| drop(fields.as_object_mut().unwrap().remove(*name)));
                spec = Spec::new(fields);
            }
            Resource {
                key: Key { kind, mesh: in_mesh.then(|| MeshName::new(&mesh).unwrap()), name: ResourceName::new(&name).unwrap() },
                labels,
                spec,
                status: status.filter(|_| has_status),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_one_as_json(resource in resource()) {
        let text = to_json(&resource).to_string();
        prop_assert_eq!(from_json(&serde_json::from_str(&text).unwrap()), Ok(resource));
    }

    #[test]
    fn any_one_as_yaml(resource in resource()) {
        let text = to_yaml(&resource);
        prop_assert_eq!(from_yaml(&text), Ok(vec![resource]), "{}", text);
    }

    #[test]
    fn and_in_a_store(resource in resource()) {
        prop_assert_eq!(serde_json::from_str::<Resource>(&serde_json::to_string(&resource).unwrap()).unwrap(), resource);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn several_in_one_file(resources in prop::collection::vec(resource(), 0..5), before in any::<bool>(), after in any::<bool>()) {
        let mut file = resources.iter().map(to_yaml).collect::<Vec<_>>().join("---\n");
        if before {
            file.insert_str(0, "# Generated.\n---\n");
        }
        if after {
            file.push_str("---\n\n# The end.\n---\n");
        }
        prop_assert_eq!(from_yaml(&file), Ok(resources));
    }

    #[test]
    fn windows_line_ends_change_nothing(name in "[a-z]{1,9}", label in "[ -~]{0,20}") {
        let mut resource = from_json(&json!({"type": "MeshRetry", "name": name, "spec": {"to": [{"default": {}}]}})).unwrap();
        resource.labels.insert("note".to_owned(), label);
        let text = format!("---\n{}---\n{}", to_yaml(&resource), to_yaml(&resource)).replace('\n', "\r\n");
        prop_assert_eq!(from_yaml(&text), Ok(vec![resource.clone(), resource]));
    }
}

#[test]
fn the_fields_stand_in_kumas_order() {
    let policy = from_json(&json!({
        "spec": {"to": [{"targetRef": {"kind": "Mesh"}, "default": {"idleTimeout": "20s"}}]},
        "labels": {"team": "payments", "kuma.io/origin": "global"},
        "name": "slow-backends",
        "type": "MeshTimeout",
    }));
    let mesh = from_json(
        &json!({"type": "Mesh", "name": "default", "mtls": {"enabledBackend": "ca-1", "backends": [{"name": "ca-1", "type": "builtin"}]}}),
    );
    let later = Resource {
        key: Key { kind: Kind::new("MeshFairness").unwrap(), mesh: None, name: ResourceName::new("later").unwrap() },
        labels: [("answer".to_owned(), "no".to_owned())].into(),
        spec: Spec::opaque(RawSpec { type_url: "type.googleapis.com/example.Fairness".to_owned(), bytes: vec![8, 1] }),
        status: None,
    };
    insta::assert_snapshot!([policy.unwrap(), mesh.unwrap(), later].iter().map(to_yaml).collect::<Vec<_>>().join("---\n"));
}

#[test]
fn deep_ones_are_written_and_read_up_to_a_bound() {
    let nested = |depth: usize| {
        let spec = (0..depth).fold(json!("core"), |inner, _| json!({"in": [inner]}));
        from_json(&json!({"type": "Newcomer", "name": "onion", "spec": {"layers": spec}})).unwrap()
    };
    assert_eq!(from_yaml(&to_yaml(&nested(30))), Ok(vec![nested(30)]));
    // JSON from a peer may be this deep; so the YAML is written, and reading it again is an error with a line.
    let error = from_yaml(&to_yaml(&nested(60))).unwrap_err();
    assert!(error.line.is_some(), "{error}");
}

#[test]
fn what_a_control_plane_adds_is_dropped() {
    let read = |value: Value| from_json(&value).unwrap();
    let plain = read(json!({"type": "MeshTimeout", "mesh": "default", "name": "a", "spec": {}}));
    let shown = read(json!({
        "type": "MeshTimeout", "name": "a", "creationTime": "2030-01-02T03:04:05Z", "modificationTime": "2030-01-02T03:04:05Z",
        "kri": "kri_mt_default___a_", "labels": null, "spec": null, "status": null,
    }));
    assert_eq!(shown, plain);
}

#[test]
fn every_way_to_begin_a_document_counts() {
    let names = |text: &str| from_yaml(text).unwrap().into_iter().map(|resource| resource.key.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(""), Vec::<String>::new());
    assert_eq!(names("---\n---\n# nothing\n---"), Vec::<String>::new());
    assert_eq!(names("type: Mesh\nname: a"), ["a"]);
    assert_eq!(names("---\ntype: Mesh\nname: a\n--- # the next\ntype: Mesh\nname: b\n---   \n"), ["a", "b"]);
    assert_eq!(names("--- {type: Mesh, name: a}\n--- {type: Mesh, name: b}\n"), ["a", "b"]);
    assert_eq!(names("type: Mesh\nname: a\n---\t\ntype: Mesh\nname: b\n"), ["a", "b"]);
    assert_eq!(names("{\"type\": \"Mesh\", \"name\": \"a\"}"), ["a"]);
    assert_eq!(names("\u{feff}type: Mesh\nname: a\n"), ["a"]);
    // Within a text the line is none of the file's.
    assert_eq!(names("type: Mesh\nname: a\nnote: |\n  one\n  ---\n  two\n"), ["a"]);
}
