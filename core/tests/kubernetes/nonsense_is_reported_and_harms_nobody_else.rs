//! What is wrong with an object is said of that object, in words for an Event; all other objects are as if nothing were wrong.
use crate::manifests::{Cluster, namespace, pod, service};
use serde_json::{Value, json};
use strait_core::kubernetes::{MeshServicesOf, ObjectKind};

fn shop() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.put(&namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})));
    cluster.put(&service("web", json!({"app": "web"}), "10.96.0.1"));
    cluster.put(&pod("good", json!({"app": "web"}), "10.1.0.1"));
    cluster
}

fn annotated(name: &str, annotation: &str, said: &str) -> Value {
    let mut pod = pod(name, json!({"app": "web"}), "10.1.0.9");
    pod["metadata"]["annotations"][annotation] = json!(said);
    pod
}

#[test]
fn nonsense_in_annotations_of_a_pod() {
    let cases = [
        ("kuma.io/sidecar-injected", "perhaps", vec!["NotUnderstood"], true),
        ("kuma.io/envoy-admin-port", "nine", vec!["NotUnderstood"], true),
        ("kuma.io/transparent-proxying-ip-family-mode", "ipv5", vec!["NotUnderstood"], true),
        ("kuma.io/ingress", "\u{1b}[31m", vec!["NotUnderstood"], true),
        ("kuma.io/gateway", "sideways", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/gateway", "builtin", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/egress", "enabled", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/ingress", "enabled", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/transparent-proxying-inbound-port", "0", vec!["NotUnderstood", "FailedToGenerateKumaDataplane"], false),
        // Who says what he reaches does not reach everything for a slip of the pen.
        ("kuma.io/reachable-backends", "refs: [{kind: Mesh", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/reachable-backends", "refs: [{kind: MeshService, nmae: a}]", vec!["FailedToGenerateKumaDataplane"], false),
        ("kuma.io/mesh", "nowhere", vec!["MeshMissing"], false),
        ("kuma.io/mesh", "No Name", vec!["MeshMissing"], false),
    ];
    let others = shop().made();
    for (annotation, said, reasons, is_made) in cases {
        let mut cluster = shop();
        cluster.put(&annotated("bad", annotation, said));
        assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "bad"), reasons, "{annotation}: {said}");
        let made = cluster.made();
        assert_eq!(made.iter().any(|one| one["name"] == "bad.shop"), is_made, "{annotation}: {said}");
        let rest: Vec<Value> = made.into_iter().filter(|one| one["name"] != "bad.shop").collect();
        assert_eq!(rest, others, "{annotation}: {said}");
    }
}

#[test]
fn what_is_said_names_the_annotation_and_what_is_allowed() {
    let mut cluster = shop();
    cluster.put(&annotated("bad", "kuma.io/envoy-admin-port", "nine\u{7}"));
    let said = cluster.problems(ObjectKind::Pod, "shop", "bad")[0].to_string();
    assert_eq!(said, "NotUnderstood: `kuma.io/envoy-admin-port` must be a port, from 1 to 65535, not `nine\\u{7}`; it is passed over");
}

#[test]
fn labels_that_are_computed_cannot_be_made_up() {
    let mut cluster = shop();
    let labels = json!({"app": "web", "kuma.io/zone": "west", "kuma.io/origin": "global", "k8s.kuma.io/namespace": "vault"});
    cluster.put(&pod("bad", labels, "10.1.0.9"));
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "bad"), ["LabelIgnored"; 3]);
    let made = cluster.made();
    let bad = made.iter().find(|one| one["name"] == "bad.shop").unwrap();
    assert_eq!((&bad["labels"]["kuma.io/zone"], &bad["labels"]["kuma.io/origin"]), (&json!("east"), &json!("zone")));
    assert_eq!(bad["labels"]["k8s.kuma.io/namespace"], "shop");
    assert_eq!(bad["spec"]["networking"]["inbound"][0]["tags"]["kuma.io/zone"], "east");
}

#[test]
fn a_pod_that_should_have_a_sidecar_and_a_pod_without_labels() {
    let mut cluster = shop();
    let mut bare = pod("bare", json!({"app": "web"}), "10.1.0.9");
    bare["metadata"]["annotations"] = json!({});
    bare["spec"]["containers"] = json!([{"name": "app"}]);
    cluster.put(&bare);
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "bare"), ["SidecarMissing"]);
    bare["metadata"]["labels"]["kuma.io/sidecar-injection"] = json!("disabled");
    cluster.put(&bare);
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "bare"), Vec::<&str>::new());
    cluster.put(&pod("anybody", json!(null), "10.1.0.10"));
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "anybody"), ["NoLabels"]);
}

#[test]
fn a_service_that_nobody_serves_and_ports_that_no_mesh_carries() {
    let mut cluster = shop();
    let mut dns = service("dns", json!({"app": "dns"}), "10.96.0.2");
    dns["spec"]["ports"] = json!([{"name": "tcp", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP"}]);
    dns["metadata"]["annotations"] = json!({"53.service.kuma.io/protocol": "dns"});
    cluster.put(&dns);
    let reasons = cluster.reasons(ObjectKind::Service, "shop", "dns");
    assert_eq!(reasons, ["SelectsNothing", "IgnoredUnsupportedPort", "NotUnderstood"]);
    cluster.put(&pod("dns-0", json!({"app": "dns"}), "10.1.0.9"));
    assert_eq!(cluster.reasons(ObjectKind::Service, "shop", "dns"), ["IgnoredUnsupportedPort", "NotUnderstood"]);
    // A pod that lacks the port.
    cluster.put(&service("more", json!({"app": "dns"}), "10.96.0.3"));
    let mut less = pod("dns-0", json!({"app": "dns"}), "10.1.0.9");
    less["spec"]["containers"] = json!([{"name": "app"}, {"name": "kuma-sidecar"}]);
    cluster.put(&less);
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "dns-0"), ["NoSuchPort"]);
}

#[test]
fn a_mesh_that_comes_later_takes_them_in_and_one_that_goes_lets_them_go() {
    let mut cluster = shop();
    cluster.put(&namespace("shop", json!({"kuma.io/sidecar-injection": "enabled", "kuma.io/mesh": "late"})));
    assert_eq!(cluster.made(), Vec::<Value>::new());
    assert_eq!(cluster.reasons(ObjectKind::Pod, "shop", "good"), ["MeshMissing"]);
    assert_eq!(cluster.reasons(ObjectKind::Service, "shop", "web"), ["MeshMissing"]);
    let came = cluster.conversion.mesh("late", Some(MeshServicesOf::Only));
    assert_eq!((came.resources.len(), came.problems.len()), (2, 2));
    let turned = cluster.conversion.mesh("late", Some(MeshServicesOf::None));
    assert_eq!(turned.resources.iter().map(|(key, now)| (key.kind.as_str(), now.is_some())).collect::<Vec<_>>(), [("MeshService", false)]);
    let gone = cluster.conversion.mesh("late", None);
    assert_eq!(
        gone.resources.into_iter().map(|(key, now)| (key.name.to_string(), now)).collect::<Vec<_>>(),
        [("good.shop".to_owned(), None)]
    );
}

/// Of two that would have one name the first counts, and the other is told.
#[test]
fn two_of_one_name() {
    let mut cluster = shop();
    cluster.put(&service("db", json!({"app": "web"}), "None"));
    cluster.put(&json!({
        "kind": "EndpointSlice", "metadata": {"name": "db-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "db"}},
        "endpoints": [{"addresses": ["10.1.0.1"], "targetRef": {"kind": "Pod", "name": "good"}}],
    }));
    let made = cluster.made();
    let of_endpoint = made.iter().find(|one| one["spec"]["selector"].get("dataplaneRef").is_some()).unwrap();
    let name = of_endpoint["labels"]["kuma.io/display-name"].as_str().unwrap().to_owned();
    cluster.put(&service(&name, json!({"app": "web"}), "10.96.0.7"));
    assert!(cluster.made().iter().all(|one| one["spec"]["selector"].get("dataplaneRef").is_none()));
    let told = cluster.problems(ObjectKind::Service, "shop", "db");
    assert_eq!(
        told.last().unwrap().to_string(),
        format!("NameTaken: MeshService default/{name}.shop is made of Service shop/{name} already")
    );
    cluster.gone(ObjectKind::Service, "shop", &name);
    assert!(cluster.made().contains(of_endpoint));
    assert_eq!(cluster.reasons(ObjectKind::Service, "shop", "db"), Vec::<&str>::new());
}
