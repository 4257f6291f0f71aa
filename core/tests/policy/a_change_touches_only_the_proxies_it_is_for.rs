//! What a change costs follows what it is about: counted, not timed.
use crate::stage::{Stage, key, proxy, timeout};
use serde_json::json;
use std::collections::BTreeSet;
use strait_core::{policy::Affected, resource::from_json};

const APPS: usize = 100;
const EACH: usize = 10;

/// Ten proxies of each of a hundred apps, with a policy for each app, and one for all.
fn many() -> Stage {
    let mut stage = Stage::with("type: Mesh\nname: default");
    for app in 0..APPS {
        for number in 0..EACH {
            stage.put(proxy(&format!("app-{app}-{number}"), &json!({"app": format!("app-{app}"), "kuma.io/mesh": "default"})));
        }
        stage.put(timeout(&format!("of-app-{app}"), &of_app(app), 1));
    }
    stage.put(timeout("of-all", &json!({"kind": "Mesh"}), 1));
    stage
}

fn of_app(app: usize) -> serde_json::Value {
    json!({"kind": "Dataplane", "labels": {"app": format!("app-{app}"), "kuma.io/mesh": "default"}})
}

fn touched(affected: &Affected) -> (usize, usize) {
    (affected.proxies.len(), affected.compared)
}

#[test]
fn an_edit_of_a_policy_touches_the_ten_proxies_it_selects_of_a_thousand() {
    let mut stage = many();
    let affected = stage.put(timeout("of-app-7", &of_app(7), 2));
    // As it was, and as it is.
    assert_eq!(touched(&affected), (EACH, 2 * EACH));
    assert!(
        affected
            .proxies
            .iter()
            .all(|(proxy, kinds)| proxy.name.as_str().starts_with("app-7-") && *kinds == BTreeSet::from(["MeshTimeout"]))
    );
}

#[test]
fn a_policy_that_turns_to_others_touches_those_it_left_and_those_it_came_to() {
    let mut stage = many();
    assert_eq!(touched(&stage.put(timeout("of-app-7", &of_app(8), 1))), (2 * EACH, 2 * EACH));
}

#[test]
fn a_policy_comes_and_goes_for_the_proxies_it_selects() {
    let mut stage = many();
    assert_eq!(touched(&stage.put(timeout("another", &of_app(9), 1))), (EACH, EACH));
    assert_eq!(touched(&stage.delete("MeshTimeout", "another")), (EACH, EACH));
    let by_name = json!({"kind": "Dataplane", "name": "app-3-4"});
    assert_eq!(touched(&stage.put(timeout("by-name", &by_name, 1))), (1, 1));
    let by_tag = json!({"kind": "MeshSubset", "tags": {"kuma.io/service": "app-3-5"}});
    assert_eq!(touched(&stage.put(timeout("by-tag", &by_tag, 1))), (1, 1));
}

#[test]
fn a_policy_of_the_whole_mesh_touches_everybody() {
    let mut stage = many();
    assert_eq!(touched(&stage.put(timeout("of-all", &json!({"kind": "Mesh"}), 2))), (APPS * EACH, 2 * APPS * EACH));
}

#[test]
fn a_policy_of_a_namespace_looks_nowhere_else() {
    let mut stage = many();
    stage.put(proxy("in-shop", &json!({"k8s.kuma.io/namespace": "shop"})));
    let mut policy = timeout("of-shop", &json!({"kind": "Mesh"}), 1);
    policy.labels.insert("k8s.kuma.io/namespace".into(), "shop".into());
    policy.labels.insert("kuma.io/policy-role".into(), "consumer".into());
    assert_eq!(touched(&stage.put(policy)), (1, 1));
}

#[test]
fn what_changes_nothing_touches_nobody() {
    let mut stage = many();
    assert_eq!(stage.put(timeout("of-app-7", &of_app(7), 1)), Affected::default());
    assert_eq!(stage.put(proxy("app-1-1", &json!({"app": "app-1", "kuma.io/mesh": "default"}))), Affected::default());
    assert_eq!(stage.delete("MeshTimeout", "never-there"), Affected::default());
    assert_eq!(stage.put(from_json(&json!({"type": "MeshRateLimit", "name": "of-another-kind"})).unwrap()), Affected::default());
}

#[test]
fn a_proxy_touches_itself_and_is_compared_with_nobody() {
    let mut stage = many();
    let affected = stage.put(proxy("app-7-0", &json!({"app": "app-8", "kuma.io/mesh": "default"})));
    assert_eq!(touched(&affected), (1, 0));
    assert_eq!(affected.proxies[&key("Dataplane", "app-7-0")].len(), strait_core::policy::KINDS.len());
}

#[test]
fn a_service_touches_the_proxies_of_those_policies_that_name_it() {
    let mut stage = many();
    let towards = |name: &str, app: usize, service: &str| {
        from_json(&json!({"type": "MeshTimeout", "name": name, "spec": {
            "targetRef": of_app(app),
            "to": [{"targetRef": {"kind": "MeshService", "name": service}, "default": {"idleTimeout": "1s"}}]
        }}))
        .unwrap()
    };
    stage.put(towards("to-web", 1, "web"));
    stage.put(towards("to-api", 2, "api"));
    let web = |port: u16, state: &str| {
        from_json(&json!({"type": "MeshService", "name": "web", "spec": {"ports": [{"port": port}], "state": state}})).unwrap()
    };
    assert_eq!(touched(&stage.put(web(80, "Available"))), (EACH, EACH));
    assert_eq!(touched(&stage.put(web(81, "Available"))), (EACH, EACH));
    // Nothing that a reference to it asks for.
    assert_eq!(stage.put(web(81, "Unavailable")), Affected::default());
    assert_eq!(touched(&stage.delete("MeshService", "web")), (EACH, EACH));
}
