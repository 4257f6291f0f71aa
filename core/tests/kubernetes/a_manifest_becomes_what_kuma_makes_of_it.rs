//! What typical manifests become: the rules of Kuma 2.14, but for what `kubernetes/mod.rs` says.
use crate::manifests::{Cluster, namespace, pod, service};
use serde_json::json;
use strait_core::kubernetes::MeshServicesOf;

const SYSTEM: &str = r#"kind: Namespace
metadata: {name: kuma-system}
---
kind: Service
metadata: {name: ingress, namespace: kuma-system}
spec:
  type: LoadBalancer
  selector: {app: ingress}
  clusterIP: 10.96.0.9
  ports: [{port: 10001, targetPort: 10002}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.7}]}}
---
kind: Pod
metadata:
  name: ingress-0
  namespace: kuma-system
  labels: {app: ingress}
  annotations: {kuma.io/ingress: enabled, kuma.io/envoy-admin-port: "9902"}
spec: {serviceAccountName: ingress, containers: [{name: kuma-sidecar}]}
status: {phase: Running, podIP: 10.1.0.4}"#;

fn shop() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.put(&namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})));
    cluster
}

#[test]
fn a_pod_that_a_service_selects() {
    let mut cluster = shop();
    cluster.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    cluster.put(&pod("web-0", json!({"app": "web", "version": "2", "kuma.io/note": "kept"}), "10.1.0.1"));
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn a_pod_of_a_stateful_set_behind_a_headless_service() {
    let mut cluster = shop();
    cluster.put(&service("db", json!({"app": "db"}), "None"));
    let labels = json!({"app": "db", "statefulset.kubernetes.io/pod-name": "db-0", "apps.kubernetes.io/pod-index": "0"});
    cluster.put(&pod("db-0", labels, "10.1.0.2"));
    cluster.put(&json!({
        "kind": "EndpointSlice", "metadata": {"name": "db-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "db"}},
        "endpoints": [{"addresses": ["10.1.0.2"], "targetRef": {"kind": "Pod", "name": "db-0", "uid": "uid-db-0"}}],
    }));
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn a_pod_of_a_deployment_that_no_service_selects() {
    let mut cluster = shop();
    let mut worker = pod("worker-5d4f-x7", json!({"app": "worker", "pod-template-hash": "5d4f"}), "10.1.0.3");
    worker["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "worker-5d4f"}]);
    cluster.put(&worker);
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn an_ingress() {
    let mut cluster = Cluster::new();
    cluster.apply(SYSTEM);
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn a_gateway_and_the_service_before_it() {
    let mut cluster = shop();
    cluster.put(&service("edge", json!({"app": "edge"}), "10.96.0.4"));
    let mut edge = pod("edge-0", json!({"app": "edge"}), "10.1.0.6");
    edge["metadata"]["annotations"]["kuma.io/gateway"] = json!("enabled");
    cluster.put(&edge);
    // What comes from outside of the mesh is nobody's MeshService.
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn a_zone_proxy_of_one_mesh() {
    let mut cluster = shop();
    let mut entrance = service("entrance", json!({"app": "entrance"}), "10.96.0.5");
    entrance["metadata"]["labels"] = json!({"k8s.kuma.io/zone-proxy-type": "ingress"});
    cluster.put(&entrance);
    cluster.put(&pod("entrance-0", json!({"app": "entrance"}), "10.1.0.7"));
    insta::assert_yaml_snapshot!(cluster.made());
}

#[test]
fn what_a_pod_says_of_itself_in_annotations() {
    let mut cluster = shop();
    let mut web = pod("web-0", json!({"kuma.io/mesh": "other"}), "10.1.0.1");
    let annotations = &mut web["metadata"]["annotations"];
    annotations["kuma.io/envoy-admin-port"] = json!("9905");
    annotations["kuma.io/direct-access-services"] = json!("a, b,");
    annotations["kuma.io/transparent-proxying-reachable-services"] = json!("web_shop_svc_80");
    annotations["kuma.io/reachable-backends"] = json!("refs:\n- {kind: MeshService, name: db, namespace: shop, port: 5432}\n");
    annotations["kuma.io/transparent-proxying-ip-family-mode"] = json!("ipv4");
    annotations["prometheus.metrics.kuma.io/port"] = json!("9100");
    annotations["prometheus.metrics.kuma.io/path"] = json!("/stats");
    cluster.conversion.mesh("other", Some(MeshServicesOf::None));
    cluster.put(&web);
    insta::assert_yaml_snapshot!(cluster.made());
}

/// A pod that is not ready, one that is leaving, and ones of which only the object is left.
#[test]
fn what_runs_no_more_is_no_proxy_and_what_is_not_ready_takes_nothing() {
    let mut cluster = shop();
    cluster.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    let state = |cluster: &Cluster| {
        let made = cluster.made();
        let proxy = made.iter().find(|one| one["kind"] == "Dataplane");
        let service = made.iter().find(|one| one["kind"] == "MeshService").unwrap();
        (proxy.map(|proxy| proxy["spec"]["networking"]["inbound"][0]["state"].clone()), service["spec"]["state"].clone())
    };
    let mut web = pod("web-0", json!({"app": "web"}), "10.1.0.1");
    cluster.put(&web);
    assert_eq!(state(&cluster), (Some(json!(null)), json!("Available")));
    for (container, is_ready) in [("app", false), ("app", true), ("kuma-sidecar", false)] {
        let other = if container == "app" { "kuma-sidecar" } else { "app" };
        web["status"]["containerStatuses"] = json!([{"name": container, "ready": is_ready}, {"name": other, "ready": true}]);
        cluster.put(&web);
        let expected = if is_ready { (Some(json!(null)), json!("Available")) } else { (Some(json!("NotReady")), json!("Unavailable")) };
        assert_eq!(state(&cluster), expected, "{container}");
    }
    // A sidecar that initialises, and stays.
    web["status"]["containerStatuses"] = json!([{"name": "app", "ready": true}]);
    web["status"]["initContainerStatuses"] = json!([{"name": "kuma-sidecar", "ready": false}, {"name": "init", "ready": false}]);
    cluster.put(&web);
    assert_eq!(state(&cluster), (Some(json!("NotReady")), json!("Unavailable")));
    web["status"]["initContainerStatuses"] = json!(null);
    web["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    cluster.put(&web);
    assert_eq!(state(&cluster), (Some(json!("NotReady")), json!("Unavailable")));
    web["metadata"]["deletionTimestamp"] = json!(null);
    for status in [
        json!({"phase": "Succeeded", "podIP": "10.1.0.1"}),
        json!({"phase": "Running", "podIP": "10.1.0.1", "reason": "Evicted"}),
        json!({"phase": "Pending"}),
    ] {
        web["status"] = status;
        cluster.put(&web);
        assert_eq!(state(&cluster), (None, json!("Unavailable")));
    }
}
