//! A resource that cannot be read is handed over as such, under its name; what cannot be named is malformed.
use prost::Message as _;
use prost_types::Any;
use strait_core::sync::*;
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, KUMA_RESOURCE_TYPE_URL, KumaResource, Meta, Resource};
use strait_shell::convert::*;

fn received(kind: &str, name: &str, any: Any) -> Result<Response, Malformed> {
    let resources = vec![Resource { name: name.to_owned(), version: String::new(), resource: Some(any) }];
    response_from_wire(Lane::Down, Dialect::Kuma, DeltaDiscoveryResponse { type_url: kind.to_owned(), resources, ..Default::default() })
}

fn why(kind: &str, any: Any) -> String {
    let ResponseBody::Resources { put, .. } = received(kind, "a.b.default", any).unwrap().body else { panic!("it carries resources") };
    assert_eq!(put[0].key.to_string(), format!("{kind} default/a.b"));
    put[0].spec.undecodable_because().unwrap().to_owned()
}

fn wrapped(name: &str, spec: Option<Any>, status: Option<Any>) -> Any {
    let meta = Some(Meta { name: name.to_owned(), mesh: "default".to_owned(), ..Default::default() });
    Any { type_url: KUMA_RESOURCE_TYPE_URL.to_owned(), value: KumaResource { meta, spec, status }.encode_to_vec() }
}

fn bytes(type_url: &str, value: &[u8]) -> Any {
    Any { type_url: type_url.to_owned(), value: value.to_vec() }
}

#[test]
fn what_is_wrong_within_a_resource_is_said_of_it() {
    assert!(why("MeshTimeout", Any::default()).contains("not a `type.googleapis.com/kuma.mesh"));
    assert!(why("MeshTimeout", bytes(KUMA_RESOURCE_TYPE_URL, b"\xff")).contains("decode"));
    assert_eq!(why("MeshTimeout", wrapped("a.b", None, None)), "it has no spec");
    assert!(why("MeshTimeout", wrapped("other", Some(bytes("", b"{}")), None)).contains("another resource"));
    assert!(why("MeshTimeout", wrapped("a.b", Some(bytes("", b"{")), None)).contains("EOF"));
    assert!(why("MeshService", wrapped("a.b", Some(bytes("", b"{}")), Some(bytes("", b"")))).starts_with("status: "));
    assert!(why("Dataplane", wrapped("a.b", Some(bytes("", b"{}")), None)).contains("not a `kuma.mesh.v1alpha1.Dataplane`"));
    let dataplane = "type.googleapis.com/kuma.mesh.v1alpha1.Dataplane";
    assert!(why("Dataplane", wrapped("a.b", Some(bytes(dataplane, b"\x0a\xff")), None)).contains("malformed"));
}

#[test]
fn what_cannot_be_named_is_malformed() {
    assert!(received("MeshTimeout", "UPPER.default", Any::default()).is_err());
    assert!(received("mesh timeout", "a.default", Any::default()).is_err());
    // Types of Strait's own are none in Kuma's dialect.
    assert!(received("strait.History", "a.default", Any::default()).is_err());
    let nameless = DeltaDiscoveryRequest { type_url: "Mesh".to_owned(), ..Default::default() };
    assert!(request_from_wire(Lane::Down, Dialect::Kuma, nameless).unwrap_err().to_string().contains("node's id"));
}
