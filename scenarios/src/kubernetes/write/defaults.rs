//! What the API puts in where a client says nothing.
use crate::kubernetes::{
    object::{self, default, map_at},
    resource::Resource,
};
use serde_json::{Map, Value, json};

/// For a new object.
pub(super) fn of_new(resource: &Resource, new: &mut Value) {
    match resource.id().as_str() {
        "pods" => {
            let has_limits = object::list(new, &["spec", "containers"])
                .iter()
                .any(|one| one["resources"].as_object().is_some_and(|map| !map.is_empty()));
            let quality = if has_limits { "Burstable" } else { "BestEffort" };
            set(new, "status", json!({"phase": "Pending", "qosClass": quality}));
        }
        "namespaces" => {
            let name = object::name(new).to_owned();
            map_at(new, &["metadata", "labels"]).insert("kubernetes.io/metadata.name".to_owned(), json!(name));
            map_at(new, &["spec"]).insert("finalizers".to_owned(), json!(["kubernetes"]));
            set(new, "status", json!({"phase": "Active"}));
        }
        "services" => set(new, "status", json!({"loadBalancer": {}})),
        "deployments.apps" => set(new, "status", json!({})),
        "replicasets.apps" => set(new, "status", json!({"replicas": 0})),
        "customresourcedefinitions.apiextensions.k8s.io" => {
            let finalizers = map_at(new, &["metadata"]).entry("finalizers").or_insert(json!([]));
            if let Value::Array(finalizers) = finalizers
                && !finalizers.iter().any(|one| one == CLEANUP)
            {
                finalizers.push(json!(CLEANUP));
            }
        }
        _ => {}
    }
    always(resource, new);
}

/// Keeps a definition until its objects are gone.
pub(in crate::kubernetes) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// For an object that changes.
pub(super) fn of_changed(resource: &Resource, existing: &Value, new: &mut Value) {
    if resource.id() == "services" {
        // Whoever says nothing of addresses keeps them.
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let old = &existing["spec"][field];
            if !old.is_null() && existing["spec"]["type"] != "ExternalName" && new["spec"]["type"] != "ExternalName" {
                default(map_at(new, &["spec"]), field, old.clone());
            }
        }
    }
    always(resource, new);
}

fn set(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(field.to_owned(), value);
    }
}

fn always(resource: &Resource, new: &mut Value) {
    match resource.id().as_str() {
        "pods" => {
            let spec = map_at(new, &["spec"]);
            pod(spec);
            default(spec, "serviceAccountName", json!("default"));
            default(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
            default(spec, "priority", json!(0));
            let account = spec["serviceAccountName"].clone();
            spec.insert("serviceAccount".to_owned(), account);
        }
        "deployments.apps" => deployment(new),
        "replicasets.apps" => {
            let spec = map_at(new, &["spec"]);
            default(spec, "replicas", json!(1));
            template(spec);
        }
        "services" => service(map_at(new, &["spec"])),
        "secrets" => {
            default(map_at(new, &[]), "type", json!("Opaque"));
            secret(new);
        }
        "customresourcedefinitions.apiextensions.k8s.io" => definition(map_at(new, &["spec"])),
        _ => {}
    }
}

fn template(spec: &mut Map<String, Value>) {
    if let Some(template) = spec.get_mut("template") {
        map_at(template, &["metadata"]);
        pod(map_at(template, &["spec"]));
    }
}

fn deployment(new: &mut Value) {
    let spec = map_at(new, &["spec"]);
    default(spec, "replicas", json!(1));
    default(spec, "progressDeadlineSeconds", json!(600));
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "strategy", json!({}));
    template(spec);
    let strategy = map_at(new, &["spec", "strategy"]);
    default(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate" {
        let rolling = map_at(new, &["spec", "strategy", "rollingUpdate"]);
        default(rolling, "maxSurge", json!("25%"));
        default(rolling, "maxUnavailable", json!("25%"));
    }
}

fn pod(spec: &mut Map<String, Value>) {
    default(spec, "restartPolicy", json!("Always"));
    default(spec, "terminationGracePeriodSeconds", json!(30));
    default(spec, "dnsPolicy", json!("ClusterFirst"));
    default(spec, "schedulerName", json!("default-scheduler"));
    default(spec, "securityContext", json!({}));
    for containers in ["initContainers", "containers"] {
        for container in spec.get_mut(containers).and_then(Value::as_array_mut).into_iter().flatten() {
            let Value::Object(container) = container else { continue };
            let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
            let latest = image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or_default().contains([':', '@']);
            let policy = if latest { "Always" } else { "IfNotPresent" };
            default(container, "imagePullPolicy", json!(policy));
            default(container, "terminationMessagePath", json!("/dev/termination-log"));
            default(container, "terminationMessagePolicy", json!("File"));
            default(container, "resources", json!({}));
            for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                default(map_at(port, &[]), "protocol", json!("TCP"));
            }
            for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
                if let Some(Value::Object(probe)) = container.get_mut(name) {
                    for (field, value) in [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)] {
                        default(probe, field, json!(value));
                    }
                    if let Some(Value::Object(get)) = probe.get_mut("httpGet") {
                        default(get, "path", json!("/"));
                        default(get, "scheme", json!("HTTP"));
                    }
                }
            }
        }
    }
}

fn service(spec: &mut Map<String, Value>) {
    default(spec, "type", json!("ClusterIP"));
    default(spec, "sessionAffinity", json!("None"));
    if spec["type"] != "ExternalName" {
        default(spec, "internalTrafficPolicy", json!("Cluster"));
    }
    if spec["type"] == "NodePort" || spec["type"] == "LoadBalancer" {
        default(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(port) = port else { continue };
        default(port, "protocol", json!("TCP"));
        let number = port.get("port").cloned().unwrap_or_default();
        default(port, "targetPort", number);
    }
}

/// What is given as text is kept encoded.
fn secret(new: &mut Value) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let Value::Object(map) = new else { return };
    if let Some(Value::Object(texts)) = map.remove("stringData") {
        let data = map_at(new, &["data"]);
        for (key, value) in texts {
            data.insert(key, json!(STANDARD.encode(value.as_str().unwrap_or_default())));
        }
    }
}

fn definition(spec: &mut Map<String, Value>) {
    default(spec, "conversion", json!({"strategy": "None"}));
    if let Some(Value::Object(names)) = spec.get_mut("names") {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        default(names, "singular", json!(kind.to_lowercase()));
        default(names, "listKind", json!(format!("{kind}List")));
    }
}
