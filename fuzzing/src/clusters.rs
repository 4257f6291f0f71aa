//! What the API of a cluster says of its objects, as the zone takes it: lists, changes, and what is gone.
use crate::Target;
use serde_json::{Value, json};
use strait_core::{
    kubernetes::{Change, Conversion, News, Place, read},
    resource::ZoneName,
};

pub(crate) const OBJECTS: Target = Target { name: "cluster-objects", run, seeds };

/// One object on each line, as the API shows it; with `gone` before it, it is no more, and with `list`, it is all there is of its kind.
fn run(bytes: &[u8]) {
    let zone = ZoneName::new("kube").expect("a name");
    let mut conversion = Conversion::new(Place { zone, system_namespace: "kuma-system".to_owned() });
    _ = conversion.mesh("default", None);
    for line in bytes.split(|byte| *byte == b'\n') {
        let (word, object) = match line.iter().position(|byte| *byte == b'{') {
            Some(begin) => line.split_at(begin),
            None => continue,
        };
        let Ok(seen) = serde_json::from_slice::<Value>(object).map_err(|_| ()).and_then(|value| read(&value, None).map_err(|_| ())) else {
            continue;
        };
        let (id, version) = match &seen {
            Ok(object) => (object.id(), object.version()),
            Err(unreadable) => (unreadable.id.clone(), unreadable.version),
        };
        _ = conversion.take(match word {
            b"gone " => News::Changed(vec![Change::Gone { id, version }]),
            b"list " => News::Listed { kind: id.kind, version, objects: vec![seen] },
            _ => News::Changed(vec![Change::Put(seen)]),
        });
        for resource in conversion.resources() {
            assert_eq!(conversion.get(&resource.key), Some(resource));
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let meta = |name: &str, version: &str| json!({"name": name, "namespace": "shop", "uid": name, "resourceVersion": version, "labels": {"app": "api"}});
    let mut pod = json!({"kind": "Pod", "metadata": meta("api-1", "5"), "spec": {"serviceAccountName": "default", "containers": [
        {"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}, {"name": "kuma-sidecar"}]}, "status": {"podIP": "10.0.0.9", "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "app", "ready": true, "started": true}]}});
    pod["metadata"]["annotations"] =
        json!({"kuma.io/mesh": "default", "kuma.io/virtual-probes": "enabled", "kuma.io/sidecar-injected": "true"});
    let service = json!({"kind": "Service", "metadata": meta("api", "4"), "spec": {"selector": {"app": "api"}, "clusterIP": "10.96.0.7", "type": "ClusterIP",
        "ports": [{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http", "protocol": "TCP"}]}});
    let slice = json!({"kind": "EndpointSlice", "metadata": {"name": "api-x", "namespace": "shop", "uid": "s", "resourceVersion": "6", "labels": {"kubernetes.io/service-name": "api"}},
        "addressType": "IPv4", "ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": "api-1", "namespace": "shop"}}]});
    let namespace = json!({"kind": "Namespace", "metadata": {"name": "shop", "uid": "n", "resourceVersion": "1", "labels": {"kuma.io/sidecar-injection": "enabled"}}});
    let lists = [&namespace, &service, &slice, &pod].map(|object| format!("list {object}"));
    let whole = lists.join("\n");
    let goes = format!("{whole}\ngone {pod}\n{pod}\ngone {namespace}");
    vec![whole.into_bytes(), goes.into_bytes(), pod.to_string().into_bytes(), slice.to_string().into_bytes()]
}
