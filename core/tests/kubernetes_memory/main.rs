//! What pods take of memory: a process of its own, so that nothing else grows meanwhile.
#![allow(missing_docs, clippy::unwrap_used)]
use serde_json::json;
use std::fs;
use strait_core::{
    kubernetes::{Change, Conversion, MeshServicesOf, News, Place, read},
    resource::ZoneName,
};

const PODS: usize = 10_000;
const MOST: usize = 20 << 10;

fn resident() -> Option<usize> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    pages.split_whitespace().nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
}

fn take(conversion: &mut Conversion, value: &serde_json::Value) {
    conversion.take(News::Changed(vec![Change::Put(read(value, None).unwrap())]));
}

#[test]
fn a_pod_takes_at_most_20_kib() {
    let place = Place { zone: ZoneName::new("east").unwrap(), system_namespace: "kuma-system".to_owned() };
    let mut conversion = Conversion::new(place);
    conversion.mesh("default", Some(MeshServicesOf::Only));
    take(&mut conversion, &json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"kuma.io/sidecar-injection": "enabled"}}}));
    let Some(before) = resident() else { return };
    for number in 0..PODS {
        let app = format!("app-{}", number / 10);
        if number % 10 == 0 {
            let ports = json!([{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"}]);
            let spec =
                json!({"selector": {"app": app}, "clusterIP": format!("10.96.{}.{}", number / 2560, number / 10 % 256), "ports": ports});
            take(&mut conversion, &json!({"kind": "Service", "metadata": {"name": app, "namespace": "shop"}, "spec": spec}));
        }
        let name = format!("app-{}-5d4f7c9b8d-{number:05}", number / 10);
        let labels =
            json!({"app": app, "version": "1", "pod-template-hash": "5d4f7c9b8d", "app.kubernetes.io/part-of": "shop", "team": "a"});
        let annotations = json!({
            "kuma.io/sidecar-injected": "true", "kuma.io/transparent-proxying": "enabled",
            "kuma.io/transparent-proxying-inbound-port": "15006", "kuma.io/transparent-proxying-outbound-port": "15001",
        });
        let uid = format!("0b5c9c1e-0000-4000-8000-{number:012}");
        let containers = json!([{"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}, {"name": "kuma-sidecar"}]);
        take(
            &mut conversion,
            &json!({
                "kind": "Pod",
                "metadata": {"name": name, "namespace": "shop", "uid": uid, "labels": labels, "annotations": annotations},
                "spec": {"serviceAccountName": "app", "containers": containers},
                "status": {"phase": "Running", "podIP": format!("10.{}.{}.{}", 1 + number / 62_500, number / 250 % 250, number % 250)},
            }),
        );
        take(
            &mut conversion,
            &json!({
                "kind": "EndpointSlice",
                "metadata": {"name": format!("slice-{number}"), "namespace": "shop", "labels": {"kubernetes.io/service-name": app}},
                "endpoints": [{"addresses": ["10.1.0.1"], "targetRef": {"kind": "Pod", "name": name, "uid": uid}}],
            }),
        );
    }
    let each = resident().unwrap().saturating_sub(before) / PODS;
    assert_eq!(conversion.resources().count(), PODS + PODS / 10);
    assert!(each <= MOST, "{each} bytes a pod");
    // A process that grows by less than the names of what it holds was not measured.
    assert!(each > 1_000, "{each} bytes a pod");
}
