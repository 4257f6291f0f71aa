//! A pod through which other zones reach this one becomes a `ZoneIngress`.
use super::{
    annotations::{self, ADMIN_PORT, INGRESS_ADDRESS, INGRESS_PORT},
    ground::{self, Draft, Place},
    inbound,
    object::{Pod, Service, ServiceKind, Transport},
    problem::{Problems, Reason},
    read::SIDECAR,
};
use crate::resource::{Kind, Resource};
use serde_json::{Map, json};

/// What is made of such a pod, which exactly one service with one port selects.
pub(super) fn of(place: &Place, pod: &Pod, services: &[&Service], problems: &mut Problems) -> Result<Resource, String> {
    let namespace = &*pod.meta.name.namespace;
    if namespace != place.system_namespace {
        return Err(format!("an ingress must be in the namespace `{}`, not in `{namespace}`", place.system_namespace));
    }
    let [service] = services else {
        return Err(format!("exactly one Service must select an ingress, and {} do", services.len()));
    };
    let ports: Vec<_> = service.ports.iter().filter(|port| port.transport == Transport::Tcp).collect();
    let [port] = ports[..] else {
        return Err(format!("Service {} must have exactly one TCP port for an ingress, and has {}", service.meta.name.name, ports.len()));
    };
    let Some((listens, ..)) = inbound::find_port(pod, port) else {
        return Err(format!("no container has the port that Service {} means", service.meta.name.name));
    };
    let mut networking = Map::new();
    networking.insert("address".to_owned(), pod.address.as_str().into());
    networking.insert("port".to_owned(), listens.into());
    // Nobody is sent to an ingress that takes nothing yet, or no longer.
    let is_open = inbound::is_ready(pod, pod.containers.iter().find(|container| container.name == SIDECAR));
    if let Some((address, port)) = advertised(pod, service, port.number, problems).filter(|_| is_open) {
        networking.insert("advertisedAddress".to_owned(), address.into());
        networking.insert("advertisedPort".to_owned(), port.into());
    }
    if let Some(port) = annotations::port(&pod.meta.annotations, ADMIN_PORT, problems) {
        networking.insert("admin".to_owned(), json!({"port": port}));
    }
    let draft = Draft {
        kind: Kind::zone_ingress(),
        mesh: None,
        name: &pod.meta.name.name,
        namespace,
        proxy_type: Some("zoneingress"),
        spec: json!({"networking": networking}),
        status: None,
    };
    let [account, _] = ground::workload(&pod.meta.labels, &pod.service_account);
    draft.resource(place, &pod.meta.labels, [account], problems)
}

/// Where other zones connect: what the pod's annotations say, else where its service is reached from outside.
fn advertised(pod: &Pod, service: &Service, port: u16, problems: &mut Problems) -> Option<(String, u16)> {
    let texts = &pod.meta.annotations;
    let said = (annotations::text(texts, INGRESS_ADDRESS), annotations::port(texts, INGRESS_PORT, problems));
    match said {
        (Some(address), Some(port)) => return Some((address.to_owned(), port)),
        (None, None) => {}
        _ => problems.add(Reason::NotUnderstood, format!("`{INGRESS_ADDRESS}` and `{INGRESS_PORT}` must be set together")),
    }
    if let Some(address) = &service.external {
        return Some((address.clone(), port));
    }
    let name = &service.meta.name.name;
    let why = match service.kind {
        ServiceKind::LoadBalancer => format!("the load balancer of Service {name} has no address yet"),
        _ => format!("Service {name} is reached in the cluster only as far as is known here; set `{INGRESS_ADDRESS}` and `{INGRESS_PORT}`"),
    };
    problems.add(Reason::NoPublicAddress, format!("other zones do not reach this ingress: {why}"));
    None
}
