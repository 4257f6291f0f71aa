//! What is configured: services, who serves them, and a policy about all of them.
use super::control_plane::{Connection, ControlPlane, until};
use serde_json::{Value, json};

/// Services of a zone.
pub(crate) const SERVICES: usize = 5;
/// So many of them each proxy asks for.
const ASKED: usize = 3;

/// A policy that every cluster of every proxy shows: how long connecting may take.
pub(crate) fn policy(milliseconds: u32) -> Value {
    let spec = json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{milliseconds}ms")}}]});
    json!({"type": "MeshTimeout", "mesh": "default", "name": "edited", "spec": spec})
}

/// A mesh with that policy, on global, and a token for every proxy of it. Who holds the policy can judge the token: its key was written before.
pub(crate) fn begin(global: &ControlPlane, milliseconds: u32) -> String {
    let mut api = Connection::to(&global.api);
    put(&mut api, &changes(&[json!({"type": "Mesh", "name": "default"})]));
    let (status, token) = api.ask("POST", "/tokens/dataplane", r#"{"mesh": "default", "type": "dataplane", "validFor": "1h"}"#);
    assert_eq!(status, 200, "{token}");
    put(&mut api, &changes(&[policy(milliseconds)]));
    token.trim().to_owned()
}

/// The services of a zone, once it holds the mesh.
pub(crate) fn serve(zone: &ControlPlane, services: usize) {
    until("the zone holds the policy", || {
        Connection::try_to(&zone.api).is_some_and(|mut api| total(&mut api, "/meshes/default/meshtimeouts?size=1") == 1)
    });
    put(&mut Connection::to(&zone.api), &changes(&(0..services).map(service).collect::<Vec<_>>()));
}

pub(crate) fn service(number: usize) -> Value {
    let selector = json!({"dataplaneTags": {"kuma.io/service": format!("svc-{number}")}});
    let spec = json!({"selector": selector, "ports": [{"port": 80, "targetPort": "main", "appProtocol": "http"}]});
    json!({"type": "MeshService", "mesh": "default", "name": format!("svc-{number}"), "spec": spec})
}

/// A proxy that serves one of the services of its zone, and asks for some.
pub(crate) fn dataplane(name: &str, number: usize) -> String {
    let outbound = |nth: usize| {
        let service = format!("svc-{}", (number + nth) % SERVICES);
        json!({"port": 9000 + nth, "backendRef": {"kind": "MeshService", "name": service, "port": 80}})
    };
    let inbound = json!({
        "name": "main", "port": 8080, "servicePort": 18080,
        "tags": {"kuma.io/service": format!("svc-{}", number % SERVICES), "kuma.io/protocol": "http"},
    });
    let networking = json!({
        "address": format!("10.0.{}.{}", number / 200, number % 200 + 1),
        "inbound": [inbound],
        "outbound": (0..ASKED).map(outbound).collect::<Vec<_>>(),
    });
    json!({"type": "Dataplane", "mesh": "default", "name": name, "networking": networking}).to_string()
}

pub(crate) fn changes(put: &[Value]) -> String {
    json!({"changes": put.iter().map(|one| json!({"put": one})).collect::<Vec<_>>()}).to_string()
}

pub(crate) fn put(api: &mut Connection, changes: &str) {
    let (status, said) = api.ask("POST", "/_changes", changes);
    assert_eq!(status, 200, "{said}");
}

/// How many there are in a list.
pub(crate) fn total(api: &mut Connection, path: &str) -> u64 {
    let (_, said) = api.ask("GET", path, "");
    serde_json::from_str::<Value>(&said).ok().and_then(|said| said["total"].as_u64()).unwrap_or(0)
}
