//! A pod becomes a `Dataplane`, or a `ZoneIngress`.
use super::{
    annotations::{
        self, ADMIN_PORT, DIRECT_ACCESS, EGRESS, GATEWAY, IGNORE, INGRESS, INJECTED, INJECTION, REACHABLE_BACKENDS, REACHABLE_SERVICES,
    },
    ground::{self, Draft, MeshServicesOf, Meshes, Place},
    inbound::{self, Inbound},
    ingress,
    object::{Namespace, Pod, Service, ServiceKind, Texts, Transport},
    problem::{Problems, Reason},
};
use crate::resource::{Kind, Resource, model};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is made of a pod.
#[derive(Debug, Default)]
pub(super) struct PodOutcome {
    pub(super) resource: Option<Resource>,
    pub(super) problems: Problems,
    /// The mesh that it wants to be in.
    pub(super) mesh: Option<Arc<str>>,
    /// The services that it serves, and whether all that they need of it is ready.
    pub(super) serves: BTreeMap<Arc<str>, bool>,
    /// It is a gateway: what is sent to it comes from outside of the mesh.
    pub(super) is_gateway: bool,
}

/// What a pod is to a mesh.
enum Role {
    /// Nothing.
    Outside,
    Ingress,
    Proxy,
}

impl PodOutcome {
    /// What is made of a pod that these services select, which are sorted by their names.
    pub(super) fn of(place: &Place, pod: &Pod, namespace: &Namespace, meshes: &Meshes, services: &[&Service]) -> Self {
        let mut outcome = Self::default();
        let counts = |service: &&Service| {
            // An alias of a name elsewhere has no pods, whatever its selector says.
            let is_ignored = annotations::switch(&service.meta.annotations, IGNORE, &mut Problems::default()) == Some(true);
            service.kind != ServiceKind::ExternalName && !is_ignored
        };
        let services: &[&Service] = &services.iter().copied().filter(counts).collect::<Vec<_>>();
        // Of a job that has run, and of a pod that was evicted, only the object is left.
        let is_there = !pod.is_finished && !pod.address.is_empty();
        let said = annotations::text(&pod.meta.annotations, GATEWAY);
        outcome.is_gateway = is_there && said.is_some_and(|said| matches!(said, "enabled" | "true" | "yes" | "provided" | "builtin"));
        if outcome.is_gateway {
            // Whether it is in a mesh or not: what is sent to it is not for the mesh.
            outcome.serves = services.iter().map(|service| (Arc::clone(&service.meta.name.name), false)).collect();
        }
        let result = match role(pod, namespace, &mut outcome.problems) {
            Role::Outside => return outcome,
            _ if !is_there => return outcome,
            Role::Ingress => ingress::of(place, pod, services, &mut outcome.problems),
            Role::Proxy => {
                let wanted = ground::mesh_of(&pod.meta, namespace);
                outcome.mesh = Some(wanted.into());
                let Some((mesh, mode)) = ground::mesh(wanted, meshes, &mut outcome.problems) else { return outcome };
                outcome.dataplane(place, pod, (mesh, *mode), services)
            }
        };
        match result {
            Ok(resource) => outcome.resource = Some(resource),
            Err(why) => {
                outcome.serves.retain(|_, is_ready| {
                    *is_ready = false;
                    outcome.is_gateway
                });
                outcome.problems.add(Reason::FailedToGenerateKumaDataplane, why);
            }
        }
        outcome
    }

    fn dataplane(
        &mut self,
        place: &Place,
        pod: &Pod,
        (mesh, mode): (crate::resource::MeshName, MeshServicesOf),
        services: &[&Service],
    ) -> Result<Resource, String> {
        let texts = &pod.meta.annotations;
        let mut networking = Map::new();
        networking.insert("address".to_owned(), pod.address.as_str().into());
        let transparent = transparent(texts, &mut self.problems)?;
        let mut transparent = transparent.unwrap_or_default();
        match annotations::text(texts, GATEWAY) {
            Some(said) => {
                let gateway = gateway(place, pod, services, said, &mut self.problems)?;
                networking.insert("gateway".to_owned(), gateway);
            }
            None => {
                let (of_zone, regular): (Vec<&Service>, Vec<&Service>) =
                    services.iter().partition(|service| service.meta.labels.contains_key(annotations::ZONE_PROXY));
                if !regular.is_empty() || of_zone.is_empty() {
                    let inbounds = inbound::inbounds(place, pod, &regular, &mut self.problems);
                    self.serves = serves(&regular, &inbounds);
                    networking.insert("inbound".to_owned(), inbounds.iter().map(Inbound::written).collect());
                }
                let listeners = self.listeners(pod, mode, &of_zone)?;
                if !listeners.is_empty() {
                    networking.insert("listeners".to_owned(), listeners.into());
                    if regular.is_empty() {
                        // Whoever only passes on traffic of zones reaches nothing himself.
                        transparent.entry("reachableBackends").or_insert_with(|| json!({}));
                    }
                }
            }
        }
        if !transparent.is_empty() {
            networking.insert("transparentProxying".to_owned(), transparent.into());
        }
        if let Some(port) = annotations::port(texts, ADMIN_PORT, &mut self.problems) {
            networking.insert("admin".to_owned(), json!({"port": port}));
        }
        let is_gateway = networking.contains_key("gateway");
        let mut spec = Map::new();
        spec.insert("networking".to_owned(), networking.into());
        spec.extend(metrics(texts, &mut self.problems).map(|metrics| ("metrics".to_owned(), metrics)));
        if pod.meta.labels.is_empty() {
            self.problems.add(Reason::NoLabels, "the pod has no labels: no Service and no policy can select it");
        }
        let draft = Draft {
            kind: Kind::dataplane(),
            mesh: Some(mesh),
            name: &pod.meta.name.name,
            namespace: &pod.meta.name.namespace,
            proxy_type: Some(if is_gateway { "gateway" } else { "sidecar" }),
            spec: spec.into(),
            status: None,
        };
        draft.resource(place, &pod.meta.labels, ground::workload(&pod.meta.labels, &pod.service_account), &mut self.problems)
    }

    /// Where it takes traffic of zones, by services that are labelled so.
    fn listeners(&mut self, pod: &Pod, mode: MeshServicesOf, services: &[&Service]) -> Result<Vec<Value>, String> {
        if services.is_empty() {
            return Ok(Vec::new());
        }
        if mode != MeshServicesOf::Only {
            let why = "Services of a zone proxy select the pod, and the mesh needs `meshServices.mode: Exclusive` for its listeners";
            self.problems.add(Reason::ZoneProxyListenersSkipped, why);
            return Ok(Vec::new());
        }
        let (mut listeners, mut taken) = (Vec::new(), BTreeMap::new());
        for service in services {
            let said = service.meta.labels.get(annotations::ZONE_PROXY).map_or("", String::as_str);
            let of = match said {
                "ingress" => "ZoneIngress",
                "egress" => "ZoneEgress",
                _ => {
                    let name = &service.meta.name.name;
                    return Err(format!(
                        "Service {name}: the label `{}` must be `ingress` or `egress`, not `{said}`",
                        annotations::ZONE_PROXY
                    ));
                }
            };
            for port in service.ports.iter().filter(|port| port.transport == Transport::Tcp) {
                let Some((number, ..)) = inbound::find_port(pod, port) else { continue };
                match taken.insert(number, of) {
                    None => listeners.push(json!({"type": of, "address": pod.address, "port": number, "name": port.section()})),
                    Some(before) if before == of => {}
                    Some(_) => return Err(format!("port {number} is wanted for an ingress and for an egress; remove one of the Services")),
                }
            }
        }
        Ok(listeners)
    }
}

fn role(pod: &Pod, namespace: &Namespace, problems: &mut Problems) -> Role {
    let texts = &pod.meta.annotations;
    if annotations::switch(texts, INGRESS, problems) == Some(true) {
        return Role::Ingress;
    }
    if annotations::switch(texts, EGRESS, problems) == Some(true) {
        let why = format!("`{EGRESS}`: there are no egresses here; traffic leaves from each proxy");
        problems.add(Reason::FailedToGenerateKumaDataplane, why);
        return Role::Outside;
    }
    if annotations::text(texts, GATEWAY) == Some("builtin") {
        let why = format!("`{GATEWAY}`: must be `enabled` or `provided`: no mesh here configures a gateway");
        problems.add(Reason::FailedToGenerateKumaDataplane, why);
        return Role::Outside;
    }
    match annotations::switch(texts, INJECTED, problems) {
        Some(true) => return Role::Proxy,
        Some(false) => return Role::Outside,
        // Whoever writes the sidecar into a manifest may not write who did it.
        None if pod.has_sidecar_container => return Role::Proxy,
        None => {}
    }
    let own = annotations::switch(&pod.meta.labels, INJECTION, problems);
    if own.unwrap_or_else(|| ground::is_injected(namespace, &mut Problems::default())) && !pod.is_finished {
        problems.add(Reason::SidecarMissing, format!("`{INJECTION}` is on, and the pod has no container `kuma-sidecar`: it is in no mesh"));
    }
    Role::Outside
}

/// Of each service whether all of its ports are served.
fn serves(services: &[&Service], inbounds: &[Inbound]) -> BTreeMap<Arc<str>, bool> {
    let one = |service: &&Service| {
        let name = &service.meta.name.name;
        let of = |inbound: &&Inbound| inbound.service.as_ref() == Some(name);
        let wanted = service.ports.iter().filter(|port| port.transport == Transport::Tcp).count();
        let ready = inbounds.iter().filter(of).filter(|inbound| inbound.is_ready).count();
        (Arc::clone(name), ready == wanted)
    };
    services.iter().map(one).collect()
}

/// How traffic is redirected to it, and what it reaches.
fn transparent(texts: &Texts, problems: &mut Problems) -> Result<Option<Map<String, Value>>, String> {
    let is_on = annotations::switch(texts, annotations::TRANSPARENT, problems) == Some(true);
    if !is_on && annotations::text(texts, annotations::TRANSPARENT_CONFIG).is_none() {
        return Ok(None);
    }
    let mut fields = Map::new();
    fields.extend(annotations::list(texts, DIRECT_ACCESS).map(|list| ("directAccessServices".to_owned(), list.into())));
    fields.extend(annotations::list(texts, REACHABLE_SERVICES).map(|list| ("reachableServices".to_owned(), list.into())));
    if let Some(said) = annotations::text(texts, REACHABLE_BACKENDS) {
        // Whoever says what it reaches must not reach everything for a slip of the pen.
        let read = reachable(said).map_err(|why| format!("`{REACHABLE_BACKENDS}`: {why}"))?;
        fields.insert("reachableBackends".to_owned(), read);
    }
    if is_on {
        let ports = [("redirectPortInbound", annotations::INBOUND_PORT), ("redirectPortOutbound", annotations::OUTBOUND_PORT)];
        for (field, name) in ports {
            let port = annotations::port(texts, name, problems);
            let port = port.ok_or_else(|| format!("`{name}` must be set where `{}` is on", annotations::TRANSPARENT))?;
            fields.insert(field.to_owned(), port.into());
        }
        let family = match annotations::text(texts, annotations::IP_FAMILY) {
            None | Some("dualstack") => "DualStack",
            Some("ipv4") => "IPv4",
            Some(said) => {
                annotations::not_understood(annotations::IP_FAMILY, said, "must be `dualstack` or `ipv4`", problems);
                "DualStack"
            }
        };
        fields.insert("ipFamilyMode".to_owned(), family.into());
    }
    Ok(Some(fields))
}

/// What a workload reaches, which stands in an annotation as YAML.
fn reachable(said: &str) -> Result<Value, String> {
    let value: Value = serde_saphyr::from_str(said).map_err(|_| "it is no YAML".to_owned())?;
    let known = ["kind", "name", "namespace", "port", "labels"];
    let refs = value.get("refs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let fields: BTreeSet<&str> = refs.iter().filter_map(Value::as_object).flat_map(Map::keys).map(String::as_str).collect();
    if let Some(other) = fields.iter().find(|field| !known.contains(*field)) {
        return Err(format!("refs: nobody knows the field `{other}`"));
    }
    model::read::<model::ReachableBackends>(&value).map_err(|(field, why)| format!("{field}: {why}"))?;
    Ok(if refs.is_empty() { json!({}) } else { json!({"refs": refs}) })
}

/// A gateway that is not the mesh's own.
fn gateway(place: &Place, pod: &Pod, services: &[&Service], said: &str, problems: &mut Problems) -> Result<Value, String> {
    let of_deployment = || {
        let (name, kind) = inbound::made_by(pod);
        let tag = format!("{name}_{}_svc", pod.meta.name.namespace);
        (kind == "Deployment").then(|| BTreeMap::from([(model::SERVICE_TAG.to_owned(), tag)]))
    };
    let tags = match said {
        "enabled" | "true" | "yes" => None,
        "provided" => of_deployment(),
        _ => return Err(format!("`{GATEWAY}` must be `enabled` or `provided`, not `{}`", said.chars().take(80).collect::<String>())),
    };
    let by_service = || inbound::inbounds(place, pod, services, problems).into_iter().next().map(|first| first.tags);
    let tags = tags.or_else(by_service).unwrap_or_default();
    Ok(json!({"type": "DELEGATED", "tags": tags}))
}

/// Where it is asked for metrics, the older way.
fn metrics(texts: &Texts, problems: &mut Problems) -> Option<Value> {
    let port = annotations::port(texts, annotations::METRICS_PORT, problems);
    let path = annotations::text(texts, annotations::METRICS_PATH);
    if port.is_none() && path.is_none() {
        return None;
    }
    let mut conf = Map::new();
    conf.extend(port.map(|port| ("port".to_owned(), port.into())));
    conf.extend(path.map(|path| ("path".to_owned(), path.into())));
    Some(json!({"type": "prometheus", "conf": conf}))
}
