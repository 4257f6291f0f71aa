//! What a cluster would add to manifests: pods of workloads, addresses, endpoints of headless services, namespaces; and a mesh.
//!
//! All of it is made up so that it can be told from what is real: addresses are those that are kept for documentation.
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::kubernetes::MeshServicesOf;

/// A cluster, as far as it says something of a mesh.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    pub(super) objects: Vec<Value>,
    pub(super) meshes: BTreeMap<String, MeshServicesOf>,
    /// What was made up, and what was passed over.
    pub(super) notes: Vec<String>,
}

/// Kinds whose pods come from a template.
const WORKLOADS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];
/// Kinds of which something is made.
const CONVERTED: [&str; 4] = ["Namespace", "Service", "EndpointSlice", "Pod"];

impl Cluster {
    /// The cluster to which these manifests are applied.
    pub(super) fn of(manifests: Vec<Value>) -> Self {
        let mut cluster = Self::default();
        let mut passed_over = BTreeSet::new();
        for manifest in manifests {
            match text(&manifest, "/kind").to_owned().as_str() {
                "Mesh" => cluster.mesh(&manifest),
                kind if WORKLOADS.contains(&kind) => cluster.pod_of(kind, &manifest),
                kind if CONVERTED.contains(&kind) => cluster.objects.push(manifest),
                kind => _ = passed_over.insert(kind.to_owned()),
            }
        }
        if !passed_over.is_empty() {
            let kinds: Vec<String> = passed_over.into_iter().collect();
            cluster.notes.push(format!("nothing is made of {}", kinds.join(", ")));
        }
        cluster.give_addresses();
        cluster.add_endpoints();
        cluster.add_namespaces();
        cluster.add_meshes();
        cluster
    }

    fn mesh(&mut self, manifest: &Value) {
        let services = match text(manifest, "/spec/meshServices/mode") {
            "Exclusive" => MeshServicesOf::Only,
            "Everywhere" | "ReachableBackends" => MeshServicesOf::Beside,
            _ => MeshServicesOf::None,
        };
        self.meshes.insert(text(manifest, "/metadata/name").to_owned(), services);
    }

    /// One pod of a workload, as of its template.
    fn pod_of(&mut self, kind: &str, workload: &Value) {
        let name = text(workload, "/metadata/name").to_owned();
        let template = workload.pointer("/spec/template").cloned().unwrap_or_default();
        let mut meta = template.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
        meta.insert("name".to_owned(), format!("{name}-0").into());
        meta.insert("namespace".to_owned(), namespace_of(workload).into());
        meta.insert("ownerReferences".to_owned(), json!([{"kind": kind, "name": name}]));
        if kind == "StatefulSet" {
            let labels = meta.entry("labels").or_insert_with(|| json!({}));
            labels["statefulset.kubernetes.io/pod-name"] = format!("{name}-0").into();
            labels["apps.kubernetes.io/pod-index"] = "0".into();
        }
        self.notes.push(format!("{kind} {}/{name}: one of its pods is shown, as {name}-0", namespace_of(workload)));
        self.objects.push(json!({"kind": "Pod", "metadata": meta, "spec": template.get("spec")}));
    }

    fn give_addresses(&mut self) {
        let (mut pods, mut services) = (0_u32, 0_u32);
        for object in &mut self.objects {
            match text(object, "/kind") {
                // What has a status was taken from a cluster, which knows better.
                "Pod" if object.get("status").is_none_or(Value::is_null) => {
                    pods += 1;
                    put(object, "status", "podIP", &format!("192.0.2.{}", pods % 256));
                }
                "Service" if text(object, "/spec/clusterIP").is_empty() && text(object, "/spec/type") != "ExternalName" => {
                    services += 1;
                    put(object, "spec", "clusterIP", &format!("198.51.100.{}", services % 256));
                }
                _ => {}
            }
        }
        if pods + services > 0 {
            self.notes.push(format!("addresses are made up, and all that is not said to be otherwise is ready: {pods} pods (192.0.2.0/24), {services} services (198.51.100.0/24)"));
        }
    }

    /// Who stands behind headless services, where no slice says it.
    fn add_endpoints(&mut self) {
        let mut added = Vec::new();
        for service in self.of_kind("Service").filter(|service| text(service, "/spec/clusterIP") == "None") {
            let (namespace, name) = (namespace_of(service), text(service, "/metadata/name"));
            let selector = service.pointer("/spec/selector").and_then(Value::as_object).cloned().unwrap_or_default();
            let label = "kubernetes.io/service-name";
            let is_its = |slice: &&Value| namespace_of(slice) == namespace && slice["metadata"]["labels"][label] == name;
            if selector.is_empty() || self.of_kind("EndpointSlice").any(|slice| is_its(&slice)) {
                continue;
            }
            let pods = self.of_kind("Pod").filter(|pod| namespace_of(pod) == namespace && carries(pod, &selector));
            let endpoint =
                |pod: &Value| json!({"addresses": [pod["status"]["podIP"]], "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]}});
            added.push(json!({
                "kind": "EndpointSlice",
                "metadata": {"name": name, "namespace": namespace, "labels": {label: name}},
                "endpoints": pods.map(endpoint).collect::<Vec<_>>(),
            }));
        }
        self.objects.extend(added);
    }

    fn add_namespaces(&mut self) {
        let known: BTreeSet<String> = self.of_kind("Namespace").map(|namespace| text(namespace, "/metadata/name").to_owned()).collect();
        let used: BTreeSet<String> = self.objects.iter().filter(|object| text(object, "/kind") != "Namespace").map(namespace_of).collect();
        for name in used.difference(&known) {
            self.notes.push(format!("there is no Namespace {name}: it is as if it had no labels"));
            self.objects.push(json!({"kind": "Namespace", "metadata": {"name": name}}));
        }
    }

    fn add_meshes(&mut self) {
        let places = ["labels", "annotations"].map(|place| format!("/metadata/{place}/kuma.io~1mesh"));
        let said =
            self.objects.iter().flat_map(|object| places.iter().map(move |place| text(object, place))).filter(|said| !said.is_empty());
        let wanted: BTreeSet<String> = said.map(str::to_owned).chain(["default".to_owned()]).collect();
        for name in wanted {
            if !self.meshes.contains_key(&name) {
                self.notes.push(format!("there is no Mesh {name}: it is as if there were one with `meshServices.mode: Exclusive`"));
                self.meshes.insert(name, MeshServicesOf::Only);
            }
        }
    }

    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| text(object, "/kind") == kind)
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn namespace_of(object: &Value) -> String {
    match text(object, "/metadata/namespace") {
        "" => "default".to_owned(),
        said => said.to_owned(),
    }
}

fn carries(pod: &Value, selector: &Map<String, Value>) -> bool {
    selector.iter().all(|(label, value)| pod["metadata"]["labels"].get(label) == Some(value))
}

/// Sets a field of a part of an object; what has another form than an object is left for whoever reads it.
fn put(object: &mut Value, part: &str, field: &str, said: &str) {
    let part = object.as_object_mut().map(|fields| fields.entry(part).or_insert(Value::Null));
    if let Some(part) = part {
        if part.is_null() {
            *part = json!({});
        }
        if let Some(fields) = part.as_object_mut() {
            fields.insert(field.to_owned(), said.into());
        }
    }
}
