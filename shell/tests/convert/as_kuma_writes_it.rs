//! The forms that Kuma's control planes expect and send.
use super::any_message::envelope;
use prost::Message as _;
use serde_json::json;
use std::sync::Arc;
use strait_core::{resource::*, sync::*};
use strait_proto::kds::{DeltaDiscoveryResponse, KumaResource};
use strait_shell::convert::*;

fn sent(kind: &str, mesh: Option<&str>, spec: Spec) -> DeltaDiscoveryResponse {
    let mesh = mesh.map(|mesh| MeshName::new(mesh).unwrap());
    let key = Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new("some.name").unwrap() };
    let resource = Resource { key: key.clone(), labels: Labels::new(), spec, status: None };
    let body = ResponseBody::Resources {
        kind: key.kind.clone(),
        nonce: Nonce("7".to_owned()),
        put: vec![Arc::new(resource)],
        gone: vec![key],
        transfer: None,
    };
    response_to_wire(&Response { lane: Lane::Down, body }, &Envelope { provider: "global".to_owned(), ..envelope(Dialect::Kuma) })
}

fn inner(wire: &DeltaDiscoveryResponse) -> KumaResource {
    KumaResource::decode(wire.resources[0].resource.as_ref().unwrap().value.as_slice()).unwrap()
}

#[test]
fn a_resource_without_a_mesh_has_a_name_that_ends_in_a_dot() {
    let wire = sent("Mesh", None, Spec::new(json!({})));
    assert_eq!((wire.resources[0].name.as_str(), wire.removed_resources[0].as_str()), ("some.name.", "some.name."));
    assert_eq!((wire.type_url.as_str(), wire.nonce.as_str(), wire.system_version_info.as_str()), ("Mesh", "7", ""));
    assert_eq!(wire.control_plane.as_ref().unwrap().identifier, "global");
    assert_eq!(wire.resources[0].version.len(), 64);
    assert_eq!(inner(&wire).spec.unwrap().type_url, "type.googleapis.com/kuma.mesh.v1alpha1.Mesh");
    assert_eq!(inner(&wire).status, None);
}

#[test]
fn json_is_bare() {
    let wire = sent("MeshTimeout", Some("default"), Spec::new(json!({"to": []})));
    assert_eq!(wire.resources[0].name, "some.name.default");
    let spec = inner(&wire).spec.unwrap();
    assert_eq!((spec.type_url.as_str(), spec.value.as_slice()), ("", br#"{"to":[]}"#.as_slice()));
}

#[test]
fn a_peers_bytes_go_on_while_they_say_the_same() {
    let raw = RawSpec { type_url: String::new(), bytes: b"{ \"to\" : [] }".to_vec() };
    let spec = Spec::received(json!({"to": []}), raw.clone());
    assert_eq!(inner(&sent("MeshTimeout", Some("default"), spec.clone())).spec.unwrap().value, raw.bytes);
    let changed = spec.with_value(json!({}));
    assert_eq!(inner(&sent("MeshTimeout", Some("default"), changed)).spec.unwrap().value, b"{}");
}

#[test]
fn what_a_newer_peer_put_into_protobuf_stays() {
    // Field 1000, a varint: nobody knows it.
    let mesh = "type.googleapis.com/kuma.mesh.v1alpha1.Mesh".to_owned();
    let raw = RawSpec { type_url: mesh, bytes: vec![0xc0, 0x3e, 0x01] };
    let spec = Spec::received(json!({}), raw.clone()).with_value(json!({"skipCreatingInitialPolicies": ["*"]}));
    let bytes = inner(&sent("Mesh", None, spec)).spec.unwrap().value;
    assert!(bytes.len() > 3 && bytes.ends_with(&raw.bytes), "{bytes:?}");
}

#[test]
fn a_value_that_is_not_its_kinds_is_sent_for_the_peer_to_refuse() {
    let wire = sent("Mesh", None, Spec::new(json!({"noSuchField": 1})));
    let ResponseBody::Resources { put, .. } = response_from_wire(Lane::Down, Dialect::Kuma, wire).unwrap().body else { panic!() };
    assert!(put[0].spec.undecodable_because().is_some());
}
