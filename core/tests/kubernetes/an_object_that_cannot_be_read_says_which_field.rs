//! Whatever an API or a file says: a field that cannot be read is named, and what the object was before counts on.
use crate::manifests::{Cluster, namespace, pod, service};
use serde_json::{Value, json};
use strait_core::kubernetes::{ObjectKind, read};

/// What is said of an object that cannot be read.
fn refused(value: &Value) -> String {
    read(value, None).unwrap().unwrap_err().to_string()
}

fn with(mut value: Value, pointer: &str, said: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[field] = said;
    value
}

#[test]
fn a_wrong_field_is_named() {
    let (pod, service) = (pod("web-0", json!({"app": "web"}), "10.1.0.1"), service("web", json!({"app": "web"}), "10.96.0.1"));
    let many: Value = (0..1001).map(|number| json!({"port": number + 1})).collect();
    let cases = [
        (with(service.clone(), "/spec/type", json!("Sideways")), "Service shop/web: spec.type: must be ClusterIP"),
        (with(service.clone(), "/spec/ports", many), "Service shop/web: spec.ports: must not have more than 1000 items, it has 1001"),
        (with(service.clone(), "/spec/selector", json!({"app": 7})), "Service shop/web: spec.selector.app: invalid type: integer"),
        (
            with(service, "/spec/clusterIPs", json!(["x".repeat(600)])),
            "Service shop/web: spec.clusterIPs: must not be longer than 512 bytes",
        ),
        (with(pod.clone(), "/spec", json!("none")), "Pod shop/web-0: spec: invalid type: string"),
        (with(pod.clone(), "/metadata/labels", json!({"a": "b".repeat(600)})), "Pod shop/web-0: metadata.labels: must not be longer"),
        (
            with(pod.clone(), "/metadata/annotations", json!({"kuma.io/x": "b".repeat(70_000)})),
            "Pod shop/web-0: metadata.annotations[\"kuma.io/x\"]: ",
        ),
        (
            with(pod, "/spec/containers", json!([{"name": "app", "ports": [{"containerPort": 70_000}]}])),
            "Pod shop/web-0: spec.containers[0].ports[0].containerPort: must be a port, from 1 to 65535, not 70000",
        ),
    ];
    for (value, expected) in cases {
        let said = refused(&value);
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn what_does_not_say_which_object_it_is_is_none() {
    let cases = [
        (json!({"kind": "Secret", "metadata": {"name": "a"}}), "kind: must be Namespace, Service, EndpointSlice or Pod, not `Secret`"),
        (json!(7), "kind: must be"),
        (json!({"kind": "Pod"}), "metadata.name: must be a name of 1 to 253"),
        (json!({"kind": "Pod", "metadata": {"name": "Ä"}}), "metadata.name: must be a name"),
        (json!({"kind": "Pod", "metadata": {"name": "a", "namespace": "B"}}), "metadata.namespace: must be a name of 1 to 63"),
    ];
    for (value, expected) in cases {
        let said = read(&value, None).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn it_counts_as_it_was_before_until_it_can_be_read() {
    let mut cluster = Cluster::new();
    cluster.put(&namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})));
    let web = service("web", json!({"app": "web"}), "10.96.0.1");
    cluster.put(&web);
    let before = cluster.made();
    let broken = cluster.put(&with(web.clone(), "/spec/ports", json!([{"port": 0}])));
    assert!(broken.resources.is_empty());
    assert_eq!(cluster.made(), before);
    let said = &broken.problems.values().next().unwrap()[0];
    assert_eq!(said.to_string(), "Unreadable: spec.ports[0].port: must be a port, from 1 to 65535, not 0");
    cluster.put(&web);
    assert!(!cluster.reasons(ObjectKind::Service, "shop", "web").contains(&"Unreadable"));
    cluster.gone(ObjectKind::Service, "shop", "web");
    assert_eq!(cluster.made(), Vec::<Value>::new());
}
