//! What is nested deeper than a reader accepts is refused when it is written, not when the peer stumbles over it.

use serde_json::{Value, json};
use strait_proto::spec_codec::{self, SpecError};

fn nested(levels: usize, wrap: impl Fn(Value) -> Value) -> Value {
    let conf = (0..levels).fold(json!("bottom"), |inner, _| wrap(inner));
    json!({ "mtls": { "backends": [{ "conf": { "top": conf } }] } })
}

#[track_caller]
fn what_is_accepted_can_be_read(wrap: impl Fn(Value) -> Value) {
    let mut accepted = 0;
    for levels in 1..110 {
        let spec = nested(levels, &wrap);
        match spec_codec::encode(super::MESH, &spec) {
            Ok(bytes) => {
                accepted = levels;
                assert_eq!(spec_codec::decode(super::MESH, &bytes), Ok(spec), "{levels}");
            }
            Err(SpecError::TooDeep { .. } | SpecError::WrongValue { .. }) => {}
            Err(other) => panic!("{levels}: {other}"),
        }
    }
    assert!((20..100).contains(&accepted), "{accepted}");
}

#[test]
fn objects() {
    what_is_accepted_can_be_read(|inner| json!({ "x": inner }));
}

#[test]
fn lists() {
    what_is_accepted_can_be_read(|inner| json!([inner]));
}

#[test]
fn a_very_deep_value_does_not_exhaust_the_stack() {
    // Built by hand: `json!` would itself recurse over what it wraps.
    let conf = (0..5_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let spec = Value::Object([("mtls".to_owned(), conf)].into_iter().collect());
    let refusal = spec_codec::encode(super::MESH, &spec);
    assert!(matches!(refusal, Err(SpecError::TooDeep { .. })), "{refusal:?}");
}
