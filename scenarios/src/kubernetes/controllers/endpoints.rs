//! EndpointSlices: where the pods behind a service are.
use super::{Part, is_ready};
use crate::kubernetes::{
    Api,
    object::{self, at, list, number, text},
    selector::Labels,
    store::Key,
    write::Deletion,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strait_core::time::Wall;

/// The label that says of which service a slice is.
pub(super) const OF_SERVICE: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const THIS: &str = "endpointslice-controller.k8s.io";
const HEADLESS: &str = "service.kubernetes.io/headless";
const SLICES: &str = "endpointslices.discovery.k8s.io";
/// So many endpoints stand in one slice.
const MOST: usize = 100;

impl Api {
    pub(super) fn look_after_endpoints(&mut self, now: Wall, key: &Key) {
        let Some(service) = self.store.get(key).cloned().filter(|service| !object::is_being_deleted(service)) else { return };
        let selector = at(&service, &["spec", "selector"]);
        let selected = Labels::equal_to(selector);
        if selected.is_empty() || service["spec"]["type"] == "ExternalName" {
            return;
        }
        // Pods whose named ports lead to different numbers stand in different slices.
        let mut groups: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
        for (_, pod) in self.store.all("pods", &key.namespace).filter(|(_, pod)| selected.select(pod)) {
            if let Some(endpoint) = endpoint(pod, &service) {
                let ports = ports(&service, pod);
                groups.entry(ports.to_string()).or_insert_with(|| (ports, Vec::new())).1.push(endpoint);
            }
        }
        if groups.is_empty() {
            groups.insert(String::new(), (json!([]), Vec::new()));
        }
        let mut slices: Vec<(Key, Value)> = self
            .store
            .all(SLICES, &key.namespace)
            .filter(|(_, slice)| {
                text(slice, &["metadata", "labels", OF_SERVICE]) == key.name && text(slice, &["metadata", "labels", MANAGED_BY]) == THIS
            })
            .filter(|(_, slice)| !object::is_being_deleted(slice))
            .map(|(key, slice)| (key.clone(), (**slice).clone()))
            .collect();
        for (_, (ports, endpoints)) in groups {
            let (same, others) = slices.into_iter().partition(|(_, slice)| list(slice, &["ports"]) == list(&ports, &[]));
            slices = others;
            self.fill(now, &service, &ports, endpoints, same);
        }
        for (slice, _) in slices {
            self.let_go(now, &slice, &Deletion::default());
        }
    }

    /// Puts endpoints into slices: each stays where it is, and others go where there is room.
    fn fill(&mut self, now: Wall, service: &Value, ports: &Value, endpoints: Vec<Value>, slices: Vec<(Key, Value)>) {
        let uid = |endpoint: &Value| text(endpoint, &["targetRef", "uid"]).to_owned();
        let mut left: BTreeMap<String, Value> = endpoints.into_iter().map(|endpoint| (uid(&endpoint), endpoint)).collect();
        let mut filled: Vec<(Option<Key>, Vec<Value>)> = Vec::new();
        for (key, slice) in slices {
            let kept = list(&slice, &["endpoints"]).iter().filter_map(|endpoint| left.remove(&uid(endpoint))).collect();
            filled.push((Some(key), kept));
        }
        let mut left: Vec<Value> = left.into_values().collect();
        left.sort_by(|one, other| text(one, &["targetRef", "name"]).cmp(text(other, &["targetRef", "name"])));
        let mut left = left.into_iter().peekable();
        for (_, held) in &mut filled {
            while held.len() < MOST
                && let Some(endpoint) = left.next()
            {
                held.push(endpoint);
            }
        }
        while left.peek().is_some() || filled.is_empty() {
            filled.push((None, left.by_ref().take(MOST).collect()));
        }
        // One slice stays, also when it is empty.
        let mut needed = filled.iter().filter(|(_, held)| !held.is_empty()).count().max(1);
        for (key, held) in filled {
            let stays = !held.is_empty() || std::mem::take(&mut needed) == 1 && key.is_some() || key.is_none();
            match key {
                Some(key) if !stays => self.let_go(now, &key, &Deletion::default()),
                Some(key) => self.change(now, &key, Part::Whole, |slice| {
                    slice["endpoints"] = Value::Array(held);
                    slice["metadata"]["labels"] = labels(service);
                }),
                None => {
                    let slice = json!({
                        "metadata": {
                            "generateName": format!("{}-", object::name(service)),
                            "labels": labels(service),
                            "ownerReferences": [super::owner("Service", "v1", service)],
                        },
                        "addressType": "IPv4", "ports": ports, "endpoints": held,
                    });
                    self.make(now, SLICES, object::namespace(service), slice);
                }
            }
        }
    }
}

fn labels(service: &Value) -> Value {
    let mut labels = service["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert(OF_SERVICE.to_owned(), json!(object::name(service)));
    labels.insert(MANAGED_BY.to_owned(), json!(THIS));
    if service["spec"]["clusterIP"] == "None" {
        labels.insert(HEADLESS.to_owned(), json!(""));
    }
    Value::Object(labels)
}

/// `None`: the pod has no address, or has ended.
fn endpoint(pod: &Value, service: &Value) -> Option<Value> {
    let address = text(pod, &["status", "podIP"]);
    if address.is_empty() || matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed") {
        return None;
    }
    let (serving, terminating) = (is_ready(pod), object::is_being_deleted(pod));
    let published = service["spec"]["publishNotReadyAddresses"] == true;
    let mut endpoint = json!({
        "addresses": [address],
        "conditions": {"ready": published || serving && !terminating, "serving": serving, "terminating": terminating},
        "targetRef": {"kind": "Pod", "namespace": object::namespace(pod), "name": object::name(pod), "uid": object::uid(pod)},
    });
    let node = text(pod, &["spec", "nodeName"]);
    if !node.is_empty() {
        endpoint["nodeName"] = json!(node);
    }
    let hostname = text(pod, &["spec", "hostname"]);
    if !hostname.is_empty() && text(pod, &["spec", "subdomain"]) == object::name(service) {
        endpoint["hostname"] = json!(hostname);
    }
    Some(endpoint)
}

/// The ports of a service, as they are at a pod. A named port that the pod does not have is left out.
fn ports(service: &Value, pod: &Value) -> Value {
    let containers = || {
        list(pod, &["spec", "containers"])
            .iter()
            .chain(list(pod, &["spec", "initContainers"]).iter().filter(|one| one["restartPolicy"] == "Always"))
    };
    let named = |name: &str, protocol: &str| {
        let mut all = containers().flat_map(|container| list(container, &["ports"]));
        all.find(|port| text(port, &["name"]) == name && text(port, &["protocol"]) == protocol)
            .and_then(|port| number(port, &["containerPort"]))
    };
    let resolved = list(service, &["spec", "ports"]).iter().filter_map(|port| {
        let target = &port["targetPort"];
        let target = match target.as_str() {
            Some(name) => named(name, text(port, &["protocol"])),
            None => target.as_i64().or_else(|| number(port, &["port"])),
        }?;
        let mut shown = json!({"name": text(port, &["name"]), "port": target, "protocol": text(port, &["protocol"])});
        if !port["appProtocol"].is_null() {
            shown["appProtocol"] = port["appProtocol"].clone();
        }
        Some(shown)
    });
    resolved.collect()
}
