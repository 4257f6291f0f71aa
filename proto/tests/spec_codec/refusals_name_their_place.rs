//! A user who writes what cannot be is told where it stands.

use serde_json::{Value, json};
use strait_proto::spec_codec::{self, SpecError};

#[track_caller]
fn unknown_field(spec: Value) -> (String, Vec<String>) {
    match spec_codec::encode(super::DATAPLANE, &spec) {
        Err(SpecError::UnknownField { path, known, .. }) => (path, known),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn wrong_value(name: &str, spec: Value) -> String {
    match spec_codec::encode(name, &spec) {
        Err(SpecError::WrongValue { path, reason, .. }) => {
            assert!(!reason.is_empty());
            path
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_field() {
    let (path, known) = unknown_field(json!({ "networking": { "inbound": [
        { "port": 80 },
        { "port": 81, "prot": "http" },
    ] } }));
    assert_eq!(path, "networking.inbound[1].prot");
    assert!(known.contains(&"protocol".to_owned()), "{known:?}");
}

#[test]
fn an_unknown_field_at_the_top() {
    assert_eq!(unknown_field(json!({ "netwroking": {} })).0, "netwroking");
}

#[test]
fn a_wrong_type() {
    let path = wrong_value(super::DATAPLANE, json!({ "networking": { "admin": { "port": "ninety" } } }));
    assert_eq!(path, "networking.admin.port");
}

#[test]
fn a_wrong_map_value() {
    let path = wrong_value(super::DATAPLANE, json!({ "networking": { "inbound": [{ "tags": { "a": "b", "kuma.io/zone": 7 } }] } }));
    assert_eq!(path, r#"networking.inbound[0].tags["kuma.io/zone"]"#);
}

#[test]
fn a_wrong_field_of_a_message_in_a_map() {
    let path = wrong_value(super::SERVICE_INSIGHT, json!({ "services": { "orders": { "dataplanes": { "total": -1 } } } }));
    assert_eq!(path, r#"services["orders"].dataplanes.total"#);
}

#[test]
fn a_wrong_list_item() {
    let path = wrong_value(super::MESH, json!({ "skipCreatingInitialPolicies": ["*", {}] }));
    assert_eq!(path, "skipCreatingInitialPolicies[1]");
}

#[test]
fn a_list_where_an_object_belongs() {
    assert_eq!(wrong_value(super::MESH, json!({ "mtls": [] })), "mtls");
}

#[test]
fn an_unknown_enum_value() {
    let path = wrong_value(super::MESH, json!({ "meshServices": { "mode": "Often" } }));
    assert_eq!(path, "meshServices.mode");
}

#[test]
fn a_duration_that_is_none() {
    let path = wrong_value(super::MESH, json!({ "mtls": { "backends": [{ "rootChain": { "requestTimeout": "soon" } }] } }));
    assert_eq!(path, "mtls.backends[0].rootChain.requestTimeout");
}

#[test]
fn a_spec_that_is_no_object() {
    for spec in [json!(null), json!(7), json!([]), json!("x")] {
        assert_eq!(wrong_value(super::MESH, spec), "");
    }
}

#[test]
fn a_message_that_we_do_not_know() {
    for name in ["kuma.mesh.v1alpha1.Tomorrow", "google.protobuf.Duration", ""] {
        assert!(!spec_codec::knows(name));
        let unknown = Err(SpecError::UnknownMessage { message: name.to_owned() });
        assert_eq!(spec_codec::decode(name, b""), unknown);
    }
}

#[test]
fn both_spellings_of_a_field_are_read() {
    let snake = json!({ "networking": { "transparent_proxying": { "redirect_port_inbound": 1 } } });
    let camel = json!({ "networking": { "transparentProxying": { "redirectPortInbound": 1 } } });
    assert_eq!(spec_codec::encode(super::DATAPLANE, &snake), spec_codec::encode(super::DATAPLANE, &camel));
}
