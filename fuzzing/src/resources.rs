//! Resources as users write them. What is taken says the same once it was written and read again, and is judged without a panic.
use crate::Target;
use serde_json::{Value, json};
use strait_core::resource::{
    Resource, from_json, from_yaml,
    model::{parse, validate},
    to_json,
};

pub(crate) const JSON: Target = Target { name: "resources-json", run: read_json, seeds: as_json };
pub(crate) const YAML: Target = Target { name: "resources-yaml", run: read_yaml, seeds: as_yaml };

fn read_json(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Ok(resource) = from_json(&value) {
        judge(&resource);
    }
}

fn read_yaml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    from_yaml(text).into_iter().flatten().for_each(|resource| judge(&resource));
}

fn judge(resource: &Resource) {
    let again = from_json(&to_json(resource));
    assert_eq!(again.as_ref().ok(), Some(resource), "a resource does not say the same once it was written");
    let wrong = validate(resource);
    if let Some(spec) = resource.spec.value() {
        let read = parse(resource.kind(), spec);
        assert!(read.is_ok() || !wrong.is_empty(), "what is valid cannot be read: {:?}", read.err());
    }
}

fn examples() -> Vec<Value> {
    let mesh = json!({"kind": "Mesh"});
    let to = |default: Value| json!({"targetRef": mesh, "to": [{"targetRef": mesh, "default": default}]});
    let all = [
        ("Mesh", json!({"meshServices": {"mode": "Exclusive"}})),
        ("MeshTimeout", to(json!({"connectionTimeout": "2s", "http": {"requestTimeout": "1m"}}))),
        ("MeshRetry", to(json!({"http": {"numRetries": 3, "retryOn": ["5xx"], "backOff": {"baseInterval": "20ms"}}}))),
        ("MeshTrafficPermission", json!({"rules": [{"default": {"allow": [{"spiffeID": {"type": "Prefix", "value": "spiffe://x"}}]}}]})),
        (
            "MeshHTTPRoute",
            json!({"targetRef": mesh, "to": [{"targetRef": {"kind": "MeshService", "name": "api"}, "rules": [{
                "matches": [{"path": {"type": "PathPrefix", "value": "/a"}, "headers": [{"name": "x", "value": "y"}]}],
                "default": {"filters": [{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/b"}}}], "backendRefs": [{"kind": "MeshService", "name": "api", "port": 80, "weight": 1}]}
            }]}]}),
        ),
        (
            "MeshService",
            json!({"selector": {"dataplaneTags": {"app": "x"}}, "ports": [{"port": 80, "targetPort": "web", "appProtocol": "http"}]}),
        ),
        (
            "MeshMultiZoneService",
            json!({"selector": {"meshService": {"matchLabels": {"a": "b"}}}, "ports": [{"port": 80, "appProtocol": "tcp"}]}),
        ),
        (
            "HostnameGenerator",
            json!({"selector": {"meshService": {"matchLabels": {"a": "b"}}}, "template": "{{ .DisplayName }}.{{ label \"x\" }}.mesh"}),
        ),
        (
            "MeshIdentity",
            json!({"selector": {"dataplane": {"matchLabels": {}}}, "provider": {"type": "Bundled", "bundled": {"autogenerate": {"enabled": true}}}}),
        ),
        (
            "MeshHealthCheck",
            to(json!({"interval": "10s", "timeout": "2s", "unhealthyThreshold": 3, "healthyThreshold": 1, "http": {"path": "/"}})),
        ),
        ("Secret", json!({"data": "YWFh"})),
    ];
    let written = all.into_iter().map(|(kind, spec)| {
        let mut resource = json!({"type": kind, "name": "one", "labels": {"a": "b"}, "spec": spec});
        if !matches!(kind, "Mesh" | "HostnameGenerator") {
            resource["mesh"] = json!("default");
        }
        resource
    });
    let dataplane = json!({"type": "Dataplane", "mesh": "default", "name": "web", "networking": {"address": "10.0.0.1", "inbound": [
        {"port": 80, "servicePort": 8080, "tags": {"kuma.io/service": "web", "kuma.io/protocol": "http"}}], "transparentProxying": {"redirectPortInbound": 15006, "redirectPortOutbound": 15001}}});
    let ingress = json!({"type": "ZoneIngress", "name": "in", "networking": {"address": "10.0.0.2", "port": 10001, "advertisedAddress": "1.2.3.4", "advertisedPort": 10001}});
    written.chain([dataplane, ingress]).collect()
}

fn as_json() -> Vec<Vec<u8>> {
    examples().iter().map(|example| example.to_string().into_bytes()).collect()
}

fn as_yaml() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![
        b"type: Mesh\nname: default\n---\ntype: MeshTimeout\nmesh: default\nname: a\nspec:\n  targetRef: {kind: Mesh}\n  to:\n  - targetRef: {kind: Mesh}\n    default: {connectionTimeout: 2s}\n".to_vec(),
        b"a: &a [1, 2]\nb: *a\n".to_vec(),
    ];
    // JSON is YAML.
    seeds.extend(as_json());
    seeds
}
