//! What has another form than its kind is left out, and named with the place; the rest is as if it were not there.
use crate::stage::{Stage, key, proxy, timeout};
use serde_json::{Value, json};
use strait_core::{
    policy::Affected,
    resource::{Resource, Spec},
};

/// A policy that says this.
fn policy(kind: &str, spec: Value) -> Resource {
    Resource { key: key(kind, "wrong"), labels: [].into(), spec: Spec::new(spec), status: None }
}

#[test]
fn with_the_field() {
    let conf = json!({"idleTimeout": "1s"});
    let to = |target: Value, default: Value| json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {}}, {"targetRef": target, "default": default}]});
    let route = |rule: Value| json!({"to": [{"targetRef": {"kind": "MeshService", "name": "web"}, "rules": [rule]}]});
    let found: Vec<String> = [
        ("MeshTimeout", json!([])),
        ("MeshTimeout", json!({"to": 5})),
        ("MeshTimeout", json!({"targetRef": {"kind": "Nonsense"}})),
        ("MeshTimeout", json!({"targetRef": {"kind": "Mesh", "proxyTypes": "Sidecar"}})),
        ("MeshTimeout", to(json!({}), conf.clone())),
        ("MeshTimeout", to(json!({"kind": "Nonsense"}), conf.clone())),
        ("MeshTimeout", to(json!({"kind": "Mesh"}), json!({"http": {"requestTimeout": "5 parrots"}}))),
        ("MeshTimeout", json!({"rules": [{"matches": [{"spiffeID": "x"}], "default": conf}]})),
        ("MeshTrafficPermission", json!({"from": [{"targetRef": {"kind": "Dataplane"}, "default": {}}]})),
        ("MeshTrafficPermission", json!({"from": [{"targetRef": {"kind": "Mesh"}, "default": {"action": "allow"}}]})),
        ("MeshTrafficPermission", json!({"rules": [{"default": {"allow": {}}}]})),
        ("MeshTrafficPermission", json!({"rules": [{"default": [["Allow"]]}]})),
        ("MeshHTTPRoute", route(json!({"matches": "all"}))),
        ("MeshHTTPRoute", route(json!({"default": {"backendRefs": [{"kind": 7}]}}))),
    ]
    .into_iter()
    .map(|(kind, spec)| {
        let mut stage = Stage::with("type: Mesh\nname: default");
        stage.put(proxy("web", &json!({})));
        assert_eq!(stage.put(policy(kind, spec)), Affected::default());
        let unreadable = stage.index.unreadable().get(&key(kind, "wrong")).unwrap();
        assert!(stage.resolve("web", kind).matched.is_empty());
        let shown: Vec<_> = unreadable.iter().map(|(field, why)| format!("{kind} {field}: {why}")).collect();
        shown.join("; ")
    })
    .collect();
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn until_it_is_mended() {
    let mut stage = Stage::with("type: Mesh\nname: default");
    stage.put(proxy("web", &json!({})));
    stage.put(timeout("wrong", &json!({"kind": "Mesh"}), 1));
    // What it said before holds no longer: whose policies may have changed includes those it was for.
    assert_eq!(stage.put(policy("MeshTimeout", json!({"to": 5}))).proxies.len(), 1);
    assert!(stage.resolve("web", "MeshTimeout").matched.is_empty());
    assert_eq!(stage.put(timeout("wrong", &json!({"kind": "Mesh"}), 1)).proxies.len(), 1);
    assert!(stage.index.unreadable().is_empty());
    assert_eq!(stage.resolve("web", "MeshTimeout").matched, [key("MeshTimeout", "wrong")]);
    stage.put(policy("MeshTimeout", json!({"to": 5})));
    stage.delete("MeshTimeout", "wrong");
    assert!(stage.index.unreadable().is_empty());
}

#[test]
fn as_proxies_and_services_are() {
    let mut stage = Stage::default();
    stage.put(policy("Dataplane", json!({"networking": []})));
    stage.put(policy("MeshService", json!({"ports": [{"port": "eighty"}]})));
    let named: Vec<String> = stage.index.unreadable().iter().map(|(key, wrong)| format!("{key}: {}", wrong[0].0)).collect();
    assert_eq!(named, ["Dataplane default/wrong: networking", "MeshService default/wrong: spec.ports[0].port"]);
}
