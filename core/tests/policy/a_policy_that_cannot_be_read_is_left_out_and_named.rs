//! What has another form than its kind is left out, and named with the place; the rest is as if it were not there.
use crate::{
    author::{Dice, Edit, edit, mangle},
    stage::{Stage, key, proxy, timeout},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use strait_core::{
    policy::{Affected, KINDS, PolicyIndex},
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
        // What Kuma takes, and no proxy.
        ("MeshHTTPRoute", route(json!({"matches": [{"path": {"type": "RegularExpression", "value": "/a("}}]}))),
        ("MeshHTTPRoute", route(json!({"default": {"filters": [{"type": "RequestRedirect", "requestRedirect": {"port": 70000}}]}}))),
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a spec, nobody panics, and what was read is resolved.
    #[test]
    fn whatever_stands_in_it(written in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..40), proptest::collection::vec(any::<u8>(), 0..12)), 1..20)) {
        let mut index = PolicyIndex::new();
        for (throws, mangling) in written {
            let mut resource = match edit(&mut Dice(&throws)) {
                Edit::Put(resource) => resource,
                Edit::Delete(key) => {
                    index.apply([(&key, None)]);
                    continue;
                }
            };
            let mut spec = resource.spec.value().unwrap().clone();
            if !mangling.is_empty() {
                mangle(&mut spec, &mut Dice(&mangling));
            }
            resource.spec = Spec::new(spec);
            let resource = std::sync::Arc::new(resource);
            index.apply([(&resource.key, Some(&resource))]);
            for kind in KINDS {
                for name in ["a", "b", "c", "d"] {
                    let of = |mesh: &str| index.resolve_with_shadows(&mesh.parse().unwrap(), &name.parse().unwrap(), kind);
                    let shown = serde_json::to_string(&(of("default"), of("other"))).unwrap();
                    prop_assert!(!shown.is_empty());
                }
            }
        }
    }
}

/// Two values of each of nine tags, and three more: 512 groups of 12 tags, each of which has 4096 sets.
#[test]
fn as_is_a_from_that_comes_to_millions_of_sets() {
    let item = |key: String, value: &str| {
        let tags = json!({key: value});
        json!({"targetRef": {"kind": "MeshSubset", "tags": tags}, "default": {"action": "Allow"}})
    };
    let two = (1..=9).flat_map(|key| ["a", "b"].map(|value| item(format!("k{key}"), value)));
    let from: Vec<Value> = two.chain((1..=3).map(|key| item(format!("f{key}"), "x"))).collect();
    let mut stage = Stage::with("type: Mesh\nname: default");
    stage.put(proxy("web", &json!({})));
    stage.put(policy("MeshTrafficPermission", json!({"targetRef": {"kind": "Mesh"}, "from": from})));
    let resolved = stage.resolve("web", "MeshTrafficPermission");
    assert!(resolved.from.unwrap().values().all(Vec::is_empty));
    assert!(resolved.warnings.iter().any(|warning| warning.contains("too many combinations")), "{:?}", resolved.warnings);
}
