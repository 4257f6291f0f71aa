//! Objects that are right but for one place are taken or refused, and the controllers come to rest with them.
use super::cluster::Cluster;
use proptest::prelude::*;
use serde_json::{Value, json};
use strait_scenarios::kubernetes::Request;

/// Where an object is made, and the object.
fn objects() -> Vec<(&'static str, Value)> {
    let labels = json!({"app": "other"});
    let template = json!({
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 1, "name": "p"}], "env": [{"name": "A", "value": "a"}]}]},
    });
    let metadata = json!({
        "name": "other", "labels": labels, "annotations": {"a": "b"}, "finalizers": ["example.com/hold"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "none", "uid": "none"}],
    });
    let with = |name: &str, held: &Value| {
        let mut object = json!({"metadata": metadata});
        object[name] = held.clone();
        object
    };
    let rolling = json!({
        "replicas": 2, "selector": {"matchLabels": labels}, "template": template, "minReadySeconds": 1, "progressDeadlineSeconds": 5,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "10%"}}, "revisionHistoryLimit": 1,
    });
    let slice = json!({
        "metadata": {"name": "other", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
        "ports": [{"name": "http", "port": 80}], "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}}],
    });
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
        "spec": {"type": "object", "properties": {"a": {"type": "integer", "default": 1}}},
    }}}});
    let definition = json!({"metadata": {"name": "others.example.com"}, "spec": {
        "group": "example.com", "scope": "Cluster", "names": {"plural": "others", "kind": "Other"}, "versions": [version],
    }});
    let service = json!({"selector": labels, "type": "NodePort", "ports": [{"port": 80, "targetPort": "p", "nodePort": 30001}]});
    vec![
        ("/apis/apps/v1/namespaces/default/deployments", with("spec", &rolling)),
        (
            "/apis/apps/v1/namespaces/default/replicasets",
            with("spec", &json!({"replicas": 1, "selector": {"matchLabels": labels}, "template": template})),
        ),
        ("/api/v1/namespaces/default/pods", with("spec", &template["spec"])),
        ("/api/v1/namespaces/default/services", with("spec", &service)),
        ("/api/v1/namespaces", with("spec", &json!({}))),
        ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition),
    ]
}

/// All places of an object.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| places(value, &format!("{at}/{}", name.replace('/', "~1")), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(nth, value)| places(value, &format!("{at}/{nth}"), found)),
        _ => {}
    }
}

fn odd_values() -> Vec<Value> {
    let odd =
        [json!(null), json!(true), json!(0), json!(-1), json!(1_i64 << 40), json!(1.5), json!(""), json!("x"), json!("150%"), json!("-5%")];
    let made = [json!([]), json!({}), json!([null]), json!([{}]), json!({"x": {}}), json!([[]]), json!(["x", "x"]), json!("a".repeat(300))];
    odd.into_iter().chain(made).collect()
}

fn nearly_right() -> impl Strategy<Value = (&'static str, Value)> {
    (0..objects().len(), any::<prop::sample::Index>(), prop::sample::select(odd_values())).prop_map(|(nth, place, odd)| {
        let (path, mut object) = objects().swap_remove(nth);
        let mut found = Vec::new();
        places(&object, "", &mut found);
        let place: &String = place.get(&found);
        *object.pointer_mut(place).unwrap() = odd;
        (path, object)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nearly_right_objects_are_taken_or_refused(wrong in prop::collection::vec(nearly_right(), 1..6)) {
        let mut cluster = Cluster::new();
        cluster.deploy(1);
        cluster.run_pods();
        for (path, object) in wrong {
            let (code, answer) = cluster.ask(Request::with_body("POST", path, "application/json", &object));
            prop_assert!(code < 500, "{object} was answered with {answer}");
            cluster.settle();
            let merged = Request::with_body("PATCH", &format!("{path}/web"), "application/strategic-merge-patch+json", &object);
            prop_assert!(cluster.ask(merged).0 < 500);
            cluster.settle();
            cluster.pass(10);
            cluster.settle();
        }
        // What was made can be listed, as objects and as tables.
        for (path, _) in objects() {
            let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
            let (_, shown) = cluster.ask(Request { accept: table.to_owned(), ..Request::get(path) });
            prop_assert_eq!(&shown["kind"], "Table");
        }
    }
}
