//! A spec is what it says, and keeps the bytes that a peer sent.
use proptest::prelude::*;
use serde_json::json;
use strait_core::resource::{RawSpec, Spec};

fn raw(bytes: &[u8]) -> RawSpec {
    RawSpec { type_url: "type.googleapis.com/kuma.mesh.v1alpha1.Mesh".to_owned(), bytes: bytes.to_vec() }
}

fn stored(spec: &Spec) -> Spec {
    serde_json::from_str(&serde_json::to_string(spec).unwrap()).unwrap()
}

/// All that can be seen of a spec.
fn seen(spec: &Spec) -> (Option<&serde_json::Value>, Option<&str>, Option<&RawSpec>) {
    (spec.value(), spec.undecodable_because(), spec.raw())
}

#[test]
fn all_four_forms_are_stored_as_they_were_in_the_first_release() {
    let forms = [
        Spec::new(json!({"to": [1, null]})),
        Spec::received(json!({}), raw(&[0, 255])),
        Spec::opaque(raw(b"later")),
        Spec::undecodable(raw(&[0xff]), "cut short".to_owned()),
    ];
    for spec in &forms {
        assert_eq!(seen(&stored(spec)), seen(spec));
    }
    insta::assert_json_snapshot!(forms);
}

#[test]
fn decoded_ones_are_equal_when_they_say_the_same_whatever_the_bytes() {
    let says = json!({"a": 1});
    assert_eq!(Spec::new(says.clone()), Spec::received(says.clone(), raw(b"one")));
    assert_eq!(Spec::received(says.clone(), raw(b"one")), Spec::received(says.clone(), raw(b"two")));
    assert_ne!(Spec::received(says, raw(b"one")), Spec::received(json!({"a": 2}), raw(b"one")));
}

#[test]
fn opaque_ones_are_equal_when_their_bytes_are_and_never_equal_to_decoded_ones() {
    assert_eq!(Spec::opaque(raw(b"one")), Spec::opaque(raw(b"one")));
    assert_ne!(Spec::opaque(raw(b"one")), Spec::opaque(raw(b"two")));
    assert_ne!(Spec::opaque(raw(b"one")), Spec::opaque(RawSpec { type_url: String::new(), ..raw(b"one") }));
    // A decoder that has learned the kind since has something new to tell.
    assert_ne!(Spec::opaque(raw(b"one")), Spec::received(json!({}), raw(b"one")));
}

#[test]
fn one_that_cannot_be_decoded_is_equal_to_none() {
    let broken = Spec::undecodable(raw(b"one"), "why".to_owned());
    assert_ne!(broken, broken.clone());
    assert_ne!(broken, Spec::opaque(raw(b"one")));
}

#[test]
fn a_new_value_leaves_the_bytes_beside_it() {
    let changed = Spec::received(json!({"port": 1}), raw(b"with more")).with_value(json!({"port": 2}));
    assert_eq!(seen(&changed), (Some(&json!({"port": 2})), None, Some(&raw(b"with more"))));
}

#[test]
fn bytes_that_are_no_base64_are_not_read() {
    let read = |text: &str| serde_json::from_str::<Spec>(text).unwrap_err().to_string();
    insta::assert_snapshot!(read(r#"{"decoded": {"opaque": true}, "raw": {"type_url": "", "bytes": "?"}}"#), @"Invalid symbol 63, offset 0. at line 1 column 67");
    insta::assert_snapshot!(read(r#"{"decoded": {"guessed": 1}}"#), @"unknown variant `guessed`, expected one of `value`, `opaque`, `undecodable` at line 1 column 22");
}

/// A stored spec is not looked into until somebody reads it; what could not be read then is not taken.
#[test]
fn what_could_not_be_read_later_is_not_read_at_all() {
    let read =
        |value: &str| serde_json::from_str::<Spec>(&format!(r#"{{"decoded": {{"value": {value}}}}}"#)).map_err(|error| error.to_string());
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(100)).is_ok());
    for (value, why) in [(deep(200), "recursion limit exceeded"), ("1e999".to_owned(), "number out of range")] {
        let said = read(&value).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(read(r#" {"a" : 1} "#).unwrap(), read(r#"{"a":1}"#).unwrap());
    assert_ne!(read(r#"{"a": 1}"#).unwrap(), read(r#"{"a": 2}"#).unwrap());
    // Nor is a key that means something within the library.
    for inner in ["\"x\"", "5", "{\"b\": 2}"] {
        let says = format!("{{\"$serde_json::private::RawValue\": {inner}, \"a\": [{{\"$serde_json::private::RawValue\": {inner}}}]}}");
        let spec = read(&says).unwrap();
        assert_eq!(spec.value().unwrap().as_object().unwrap().len(), 2);
        assert_eq!(stored(&spec), spec);
        assert_eq!(stored(&spec).value(), spec.value());
    }
    // Whoever is handed a spec that nobody has read yet sees what everybody sees.
    assert_eq!(serde_json::to_value(read(r#" {"a" : 1} "#).unwrap()).unwrap(), json!({"decoded": {"value": {"a": 1}}}));
    insta::assert_yaml_snapshot!(read(r#"{"a": [1, {"b": null}]}"#).unwrap(), @r"
    decoded:
      value:
        a:
          - 1
          - b: ~
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_stored(type_url in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200), why in any::<String>()) {
        let raw = RawSpec { type_url, bytes };
        for spec in [Spec::received(json!([why]), raw.clone()), Spec::opaque(raw.clone()), Spec::undecodable(raw, why)] {
            let stored = stored(&spec);
            prop_assert_eq!(seen(&stored), seen(&spec));
        }
    }
}
