//! What a pod takes for its workload: one inbound for each TCP port of each service that selects it.
use super::{
    annotations::{self, GATEWAY},
    ground::Place,
    object::{ClusterIp, Container, Pod, Service, ServicePort, Target, Transport},
    problem::{Problems, Reason},
    read::SIDECAR,
};
use crate::resource::{labels, model};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// The label that names the service that something is made of.
pub(super) const SERVICE_NAME: &str = "k8s.kuma.io/service-name";
const SERVICE_PORT: &str = "k8s.kuma.io/service-port";
const INSTANCE: &str = "kuma.io/instance";
const PROTOCOL: &str = "kuma.io/protocol";

/// The port of a pod that no service selects: nobody listens there (Kuma's `TCPPortReserved`). A proxy has an inbound by which others know it.
const NO_PORT: u16 = 49151;

/// One inbound.
#[derive(Debug)]
pub(super) struct Inbound {
    /// Of which service; `None`: of none.
    pub(super) service: Option<Arc<str>>,
    pub(super) port: u16,
    pub(super) is_ready: bool,
    pub(super) tags: BTreeMap<String, String>,
    name: String,
    protocol: String,
}

impl Inbound {
    pub(super) fn written(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("port".to_owned(), self.port.into());
        fields.insert("tags".to_owned(), json!(self.tags));
        fields.insert("protocol".to_owned(), self.protocol.as_str().into());
        if !self.name.is_empty() {
            fields.insert("name".to_owned(), self.name.as_str().into());
        }
        if !self.is_ready {
            fields.insert("state".to_owned(), "NotReady".into());
        }
        Value::Object(fields)
    }
}

/// All inbounds of a pod, by these services, which are sorted by their names. At least one.
pub(super) fn inbounds(place: &Place, pod: &Pod, services: &[&Service], problems: &mut Problems) -> Vec<Inbound> {
    let mut found: Vec<Inbound> = services.iter().flat_map(|service| of_service(place, pod, service, problems)).collect();
    if found.is_empty() {
        found.push(of_none(place, pod));
    }
    found
}

fn of_service(place: &Place, pod: &Pod, service: &Service, problems: &mut Problems) -> Vec<Inbound> {
    let mut found = Vec::new();
    for port in service.ports.iter().filter(|port| port.transport == Transport::Tcp) {
        let Some((number, name, container)) = find_port(pod, port) else {
            let Target::Named(wanted) = &port.target else { continue };
            let what = format!("Service {} means the port `{wanted}`, and no container of the pod has one", service.meta.name.name);
            problems.add(Reason::NoSuchPort, what);
            continue;
        };
        found.push(Inbound {
            service: Some(Arc::clone(&service.meta.name.name)),
            port: number,
            is_ready: is_ready(pod, container),
            tags: tags(place, pod, service, port),
            name: name.to_owned(),
            protocol: protocol(service, port, &mut Problems::default()),
        });
    }
    found
}

/// Where a pod listens for a port of a service, and which container does, if one says so.
pub(super) fn find_port<'a>(pod: &'a Pod, port: &ServicePort) -> Option<(u16, &'a str, Option<&'a Container>)> {
    let all = pod.containers.iter().flat_map(|container| container.ports.iter().map(move |port| (container, port)));
    let mut said = all.filter(|(_, port)| port.transport == Transport::Tcp);
    match &port.target {
        Target::Named(name) => said.find(|(_, port)| port.name == *name).map(|(of, port)| (port.number, port.name.as_str(), Some(of))),
        // A container listens also on ports of which it does not say so.
        Target::Number(number) => Some(match said.find(|(_, port)| port.number == *number) {
            Some((of, port)) => (*number, port.name.as_str(), Some(of)),
            None => (*number, "", None),
        }),
    }
}

/// Whether a pod takes what is for one of its containers.
pub(super) fn is_ready(pod: &Pod, container: Option<&Container>) -> bool {
    let of_workload = container.is_none_or(|container| !pod.unready.contains(&container.name));
    of_workload && !pod.unready.contains(SIDECAR) && !pod.is_leaving
}

fn tags(place: &Place, pod: &Pod, service: &Service, port: &ServicePort) -> BTreeMap<String, String> {
    let namespace = &pod.meta.name.namespace;
    let carried = pod.meta.labels.iter().filter(|(label, value)| !value.is_empty() && !label.contains("kuma.io/"));
    let mut tags: BTreeMap<String, String> = carried.map(|(label, value)| (label.clone(), value.clone())).collect();
    let service_name = &service.meta.name.name;
    let made = [
        (labels::NAMESPACE, namespace.to_string()),
        (SERVICE_NAME, service_name.to_string()),
        (SERVICE_PORT, port.number.to_string()),
        (model::SERVICE_TAG, service_tag(service_name, namespace, port.number)),
        (labels::ZONE, place.zone.to_string()),
    ];
    tags.extend(made.map(|(tag, value)| (tag.to_owned(), value)));
    let protocol = protocol(service, port, &mut Problems::default());
    let is_gateway = annotations::switch(&pod.meta.annotations, GATEWAY, &mut Problems::default()) == Some(true);
    // Kuma's gateways take TCP.
    if !is_gateway || protocol == "tcp" {
        tags.insert(PROTOCOL.to_owned(), protocol);
    }
    if service.cluster_ip == ClusterIp::Headless {
        tags.insert(INSTANCE.to_owned(), pod.meta.name.name.to_string());
    }
    tags
}

/// The value of `kuma.io/service` of what serves a port of a service.
pub(super) fn service_tag(service: &str, namespace: &str, port: u16) -> String {
    format!("{service}_{namespace}_svc_{port}")
}

/// What is spoken on a port: what `appProtocol` says, if we know that; else what the annotation `PORT.service.kuma.io/protocol` says; else `tcp`.
pub(super) fn protocol(service: &Service, port: &ServicePort, problems: &mut Problems) -> String {
    let known = |said: &str| model::is_protocol(said).then(|| said.to_ascii_lowercase());
    if let Some(protocol) = port.app_protocol.as_deref().and_then(known) {
        return protocol;
    }
    let name = format!("{}.service.kuma.io/protocol", port.number);
    let said = annotations::text(&service.meta.annotations, &name);
    said.and_then(|said| {
        let protocol = known(said);
        if protocol.is_none() {
            annotations::not_understood(&name, said, "must be one of http, http2, grpc, kafka, tls and tcp", problems);
        }
        protocol
    })
    .unwrap_or_else(|| "tcp".to_owned())
}

fn of_none(place: &Place, pod: &Pod) -> Inbound {
    let (name, namespace) = (&pod.meta.name.name, &pod.meta.name.namespace);
    let carried = pod.meta.labels.iter().filter(|(_, value)| !value.is_empty());
    let mut tags: BTreeMap<String, String> = carried.map(|(label, value)| (label.clone(), value.clone())).collect();
    let made = [
        (labels::NAMESPACE, namespace.to_string()),
        (model::SERVICE_TAG, format!("{}_{namespace}_svc", made_by(pod).0)),
        (labels::ZONE, place.zone.to_string()),
        (PROTOCOL, "tcp".to_owned()),
        (INSTANCE, name.to_string()),
    ];
    tags.extend(made.map(|(tag, value)| (tag.to_owned(), value)));
    let is_ready = pod.containers.iter().all(|container| !pod.unready.contains(&container.name)) && !pod.unready.contains(SIDECAR);
    Inbound { service: None, port: NO_PORT, is_ready, tags, name: String::new(), protocol: "tcp".to_owned() }
}

/// Who made a pod, by name and kind: of a `ReplicaSet` it is told by its name which Deployment that belongs to, since nobody looks at
/// ReplicaSets here. A pod that nobody made stands for itself.
pub(super) fn made_by(pod: &Pod) -> (&str, &str) {
    let Some(owner) = &pod.owner else { return (&pod.meta.name.name, "Pod") };
    if owner.kind == "ReplicaSet"
        && let Some(hash) = annotations::text(&pod.meta.labels, "pod-template-hash")
        && let Some(deployment) = owner.name.strip_suffix(hash).and_then(|name| name.strip_suffix('-'))
    {
        return (deployment, "Deployment");
    }
    (&owner.name, &owner.kind)
}
