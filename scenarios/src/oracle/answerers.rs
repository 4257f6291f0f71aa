//! Which workloads a name may lead to, as a zone shows it: by the names that lead to services, by what these select, and by the routes to them.
//!
//! Kept over time: a question is answered by what was in force at some moment between that in which its proxy last knew everything and the answer.
use super::cluster;
use crate::{
    event::{Event, Stepped, What},
    workload::{Ask, Connection, ProxyId, Workload},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
    sync::Arc,
};
use strait_core::{
    Emit,
    names::ServiceId,
    node::{ObservationChange, ProxyStatus, View, VipState},
    resource::{Key, MeshName, Resource, ResourceName, ZoneName},
    time::Mono,
};

/// A host name, in its mesh.
type Name = (MeshName, String);

/// What one zone shows of names, services and routes, and what followed from it when.
#[derive(Debug)]
pub(crate) struct Answerers {
    zone: ZoneName,
    /// Those of all zones.
    workloads: BTreeMap<ProxyId, Workload>,
    names: BTreeMap<Name, ServiceId>,
    services: BTreeMap<ServiceId, BTreeMap<Key, Arc<Resource>>>,
    /// The addresses of services; one that a service gives up is kept until it has another.
    vips: BTreeMap<ServiceId, Ipv4Addr>,
    described: BTreeMap<Key, ServiceId>,
    routes: BTreeMap<Key, Arc<Resource>>,
    /// Of each name, since when it led to whom; the latest last.
    led: BTreeMap<Name, Vec<(Mono, BTreeSet<ProxyId>)>>,
    /// When each proxy last knew everything.
    settled: BTreeMap<ResourceName, Mono>,
    behind: BTreeSet<ResourceName>,
    /// From when to when each proxy did not know everything, of late.
    gaps: BTreeMap<ResourceName, VecDeque<(Mono, Mono)>>,
}

/// So many times are remembered: a question is answered, or given up, before there are more.
const GAPS: usize = 64;

impl Answerers {
    pub(crate) fn new(zone: ZoneName, workloads: BTreeMap<ProxyId, Workload>) -> Self {
        Self {
            zone,
            workloads,
            names: BTreeMap::new(),
            services: BTreeMap::new(),
            vips: BTreeMap::new(),
            described: BTreeMap::new(),
            routes: BTreeMap::new(),
            led: BTreeMap::new(),
            settled: BTreeMap::new(),
            behind: BTreeSet::new(),
            gaps: BTreeMap::new(),
        }
    }

    /// Takes over what a process shows when it starts, or what became different in a step.
    pub(crate) fn follow(&mut self, event: &Event) {
        let matters = match &event.what {
            What::Started { observation, .. } => {
                self.behind = self.own();
                self.begin(&observation.view);
                true
            }
            What::Stopped { .. } => {
                self.behind = self.own();
                false
            }
            What::Stepped(Stepped::Zone { emits, .. }) => {
                let mut matters = false;
                for emit in emits {
                    if let Emit::Observed(change) = emit {
                        matters |= self.turn(change, event.at);
                    }
                }
                matters
            }
            _ => false,
        };
        if matters {
            self.note(event.at);
        }
    }

    /// A pod is there that nobody knew of.
    pub(crate) fn appears(&mut self, who: &ProxyId, workload: &Workload, at: Mono) {
        self.workloads.insert(who.clone(), workload.clone());
        self.note(at);
    }

    pub(crate) fn zone(&self) -> &ZoneName {
        &self.zone
    }

    /// The proxies of this zone.
    fn own(&self) -> BTreeSet<ResourceName> {
        self.workloads.keys().filter(|proxy| proxy.zone == self.zone).map(|proxy| proxy.name.clone()).collect()
    }

    /// Whom a question may be answered by now, that a proxy sent at some moment. Over a connection that was kept: or at any moment before, as nobody
    /// looks up a name anew for that.
    pub(crate) fn may_answer(&self, Ask { from: asker, name, connection, .. }: &Ask, asked: Mono) -> BTreeSet<ProxyId> {
        let Some(mesh) = self.workloads.get(asker).map(|workload| workload.mesh.clone()) else {
            return BTreeSet::new();
        };
        let knows = match self.settled.get(&asker.name) {
            Some(settled) if self.behind.contains(&asker.name) => (*settled).min(asked),
            Some(_) => asked,
            None => Mono(0),
        };
        // It may know everything by now, and not have then.
        let gaps = self.gaps.get(&asker.name).into_iter().flatten();
        let knows = gaps.filter(|(from, to)| *from <= knows && knows <= *to).map(|(from, _)| *from).min().unwrap_or(knows);
        let knows = if *connection == Connection::Kept { Mono(0) } else { knows };
        let led = self.led.get(&(mesh, name.clone())).map(Vec::as_slice).unwrap_or_default();
        // What was in force then, and all that followed.
        let first = led.partition_point(|(since, _)| *since <= knows).saturating_sub(1);
        led[first..].iter().flat_map(|(_, to)| to.iter().cloned()).collect()
    }

    /// Whether a name may have led to an address, for a question of that moment: to that of a service to which the name leads now.
    pub(crate) fn may_lead(&self, asker: &ProxyId, name: &str, address: Ipv4Addr) -> bool {
        let Some(workload) = self.workloads.get(asker) else {
            return false;
        };
        let Some(service) = self.service_named(&(workload.mesh.clone(), name.to_owned())) else {
            // It led somewhere a moment ago, which is not kept.
            return true;
        };
        self.vips.get(service).is_none_or(|vip| *vip == address)
    }

    /// Whether a proxy has ever known everything.
    pub(crate) fn has_settled(&self, proxy: &ProxyId) -> bool {
        proxy.zone == self.zone && self.settled.contains_key(&proxy.name)
    }

    /// Whether a workload is reached by what is asked: on its port, in its protocol.
    pub(crate) fn is_reached_at(&self, proxy: &ProxyId, ask: &Ask) -> bool {
        self.workloads.get(proxy).is_some_and(|workload| workload.port == ask.port && workload.protocol == ask.speaks)
    }

    fn begin(&mut self, view: &View) {
        (self.names, self.services, self.described, self.routes) = Default::default();
        for (mesh, names) in &view.names {
            self.names.extend(names.iter().map(|(name, service)| ((mesh.clone(), name.clone()), service.clone())));
        }
        for (service, vip) in &view.vips {
            if let VipState::Given(address) = vip {
                self.vips.insert(service.clone(), *address);
            }
        }
        view.resources.values().for_each(|resource| _ = self.holds(resource));
    }

    /// Says whether it may lead a name elsewhere.
    fn turn(&mut self, change: &ObservationChange, at: Mono) -> bool {
        match change {
            ObservationChange::Named { mesh, name, service } => {
                let name = (mesh.clone(), name.clone());
                match service {
                    Some(service) => _ = self.names.insert(name, service.clone()),
                    None => _ = self.names.remove(&name),
                }
                true
            }
            ObservationChange::Vip { service, vip: Some(VipState::Given(address)) } => {
                self.vips.insert(service.clone(), *address);
                false
            }
            ObservationChange::Holds(resource) => self.holds(resource),
            ObservationChange::Dropped(key) => {
                if let Some(service) = self.described.remove(key)
                    && let Some(resources) = self.services.get_mut(&service)
                {
                    resources.remove(key);
                }
                self.routes.remove(key);
                true
            }
            ObservationChange::Proxy { proxy, status } => {
                let knows_all = status.as_ref().is_some_and(|ProxyStatus { sent, took, .. }| *sent > 0 && sent == took);
                if knows_all {
                    if self.behind.remove(&proxy.name)
                        && let Some(from) = self.settled.get(&proxy.name)
                    {
                        let gaps = self.gaps.entry(proxy.name.clone()).or_default();
                        gaps.push_back((*from, at));
                        gaps.drain(..gaps.len().saturating_sub(GAPS));
                    }
                } else if self.behind.insert(proxy.name.clone()) {
                    self.settled.insert(proxy.name.clone(), at);
                }
                if knows_all {
                    self.settled.insert(proxy.name.clone(), at);
                }
                false
            }
            _ => false,
        }
    }

    fn holds(&mut self, resource: &Arc<Resource>) -> bool {
        if let Some(service) = ServiceId::of(resource, &self.zone) {
            self.described.insert(resource.key.clone(), service.clone());
            self.services.entry(service).or_default().insert(resource.key.clone(), Arc::clone(resource));
            return true;
        }
        let is_route = resource.kind().as_str() == "MeshHTTPRoute";
        if is_route {
            self.routes.insert(resource.key.clone(), Arc::clone(resource));
        }
        is_route
    }

    /// Notes whom each name leads to from now on.
    fn note(&mut self, at: Mono) {
        let in_cluster = self.described.iter().filter_map(|(key, service)| self.name_in_cluster(key, service));
        let known: BTreeSet<Name> = self.led.keys().chain(self.names.keys()).cloned().chain(in_cluster).collect();
        for name in known {
            let to = self.leads_to(&name);
            let led = self.led.entry(name).or_default();
            if led.last().is_none_or(|(_, before)| *before != to) {
                led.push((at, to));
            }
        }
    }

    /// The service that a name means: as the zone says, or as the DNS of its cluster does.
    fn service_named(&self, name: &Name) -> Option<&ServiceId> {
        let in_cluster = || self.described.iter().find(|(key, service)| self.name_in_cluster(key, service).as_ref() == Some(name));
        self.names.get(name).or_else(|| Some(in_cluster()?.1))
    }

    /// What the DNS of the cluster calls a service that is made of one of its objects: `SERVICE.NAMESPACE.svc.cluster.local`.
    fn name_in_cluster(&self, key: &Key, service: &ServiceId) -> Option<Name> {
        let id = cluster::made_of(self.services.get(service)?.get(key)?)?;
        (service.zone.as_ref() == Some(&self.zone))
            .then(|| (service.mesh.clone(), format!("{}.{}.svc.cluster.local", id.name.name, id.name.namespace)))
    }

    fn leads_to(&self, name: &Name) -> BTreeSet<ProxyId> {
        let Some(service) = self.service_named(name) else {
            return BTreeSet::new();
        };
        let mut found = self.serve(&name.0, service);
        for route in self.routes.values().filter(|route| route.mesh() == Some(&name.0)) {
            let Some(spec) = route.spec.value() else { continue };
            for to in list(&spec["to"]).iter().filter(|to| self.is_about(&to["targetRef"], service)) {
                let backends = list(&to["rules"]).iter().flat_map(|rule| list(&rule["default"]["backendRefs"]));
                for backend in backends {
                    let such = self.services.keys().filter(|service| service.mesh == name.0 && self.is_called(backend, service));
                    found.extend(such.flat_map(|service| self.serve(&name.0, service)));
                }
            }
        }
        found
    }

    fn is_about(&self, target: &Value, service: &ServiceId) -> bool {
        target["kind"] == "Mesh" || self.is_called(target, service)
    }

    /// By its name, or by labels that it carries.
    fn is_called(&self, reference: &Value, service: &ServiceId) -> bool {
        let is_it = match (reference["name"].as_str(), reference["labels"].as_object()) {
            (Some(name), _) => name == service.name,
            (None, Some(wanted)) => {
                let carries = |resource: &Resource| {
                    wanted.iter().all(|(label, value)| resource.labels.get(label).map(String::as_str) == value.as_str())
                };
                self.services.get(service).is_some_and(|resources| resources.values().any(|resource| carries(resource)))
            }
            (None, None) => false,
        };
        reference["kind"] == "MeshService" && is_it
    }

    /// Whether a service carries these labels; what its author calls it and its zone are labels wherever its resource lies.
    fn carries(&self, service: &ServiceId, wanted: &Value) -> bool {
        let Some(wanted) = wanted.as_object().filter(|wanted| !wanted.is_empty()) else {
            return false;
        };
        let resources = || self.services.get(service).into_iter().flat_map(BTreeMap::values);
        wanted.iter().all(|(label, value)| match (label.as_str(), value.as_str()) {
            ("kuma.io/display-name", Some(value)) => service.name == value,
            ("kuma.io/zone", Some(value)) => service.zone.as_ref().is_some_and(|zone| zone.as_str() == value),
            (_, value) => resources().any(|resource| resource.labels.get(label).map(String::as_str) == value),
        })
    }

    /// The workloads of a mesh that a service selects: of its own zone, or, if it is a union, of all zones of whose services it is made.
    fn serve(&self, mesh: &MeshName, service: &ServiceId) -> BTreeSet<ProxyId> {
        let Some(zone) = &service.zone else {
            let unions = self.services.get(service).into_iter().flat_map(BTreeMap::values).filter_map(|resource| resource.spec.value());
            let wanted: Vec<&Value> = unions.map(|union| &union["selector"]["meshService"]["matchLabels"]).collect();
            let is_part =
                |part: &&ServiceId| part.zone.is_some() && part.mesh == *mesh && wanted.iter().any(|wanted| self.carries(part, wanted));
            return self.services.keys().filter(is_part).flat_map(|part| self.serve(mesh, part)).collect();
        };
        let specs = self.services.get(service).into_iter().flat_map(BTreeMap::values).filter_map(|resource| resource.spec.value());
        let selectors: Vec<&Value> = specs.map(|spec| &spec["selector"]).collect();
        let of_mesh = self.workloads.iter().filter(|(proxy, workload)| workload.mesh == *mesh && proxy.zone == *zone);
        // A gateway has nothing at which others in the mesh could reach it.
        let is_selected = |proxy: &ProxyId, workload: &Workload| {
            workload.gateway.is_none() && selectors.iter().any(|selector| selects(selector, proxy, workload))
        };
        of_mesh.filter(|(proxy, workload)| is_selected(proxy, workload)).map(|(proxy, _)| proxy.clone()).collect()
    }
}

fn selects(selector: &Value, proxy: &ProxyId, workload: &Workload) -> bool {
    let all = |wanted: &Value, carried: &dyn Fn(&str) -> Option<String>| {
        wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(name, value)| carried(name).as_deref() == value.as_str()))
    };
    let tag = |name: &str| match (&workload.pod, name) {
        (Some(pod), "k8s.kuma.io/namespace") => Some(pod.namespace.clone()),
        (Some(pod), _) => pod.labels.get(name).cloned(),
        (None, _) => None,
    };
    if workload.pod.is_some() {
        let is_it = selector["dataplaneRef"]["name"] == proxy.name.as_str();
        return is_it || all(&selector["dataplaneTags"], &tag) || all(&selector["dataplaneLabels"]["matchLabels"], &tag);
    }
    let tag = |name: &str| match name {
        "kuma.io/service" => Some(workload.service.clone()),
        "kuma.io/protocol" => Some(workload.protocol.to_string()),
        "kuma.io/zone" => Some(proxy.zone.to_string()),
        _ => None,
    };
    let label = |name: &str| match name {
        "app" | "kuma.io/workload" => Some(workload.service.clone()),
        "kuma.io/zone" => Some(proxy.zone.to_string()),
        "kuma.io/mesh" => Some(workload.mesh.to_string()),
        _ => None,
    };
    all(&selector["dataplaneTags"], &tag)
        || selector["dataplaneRef"]["name"] == proxy.name.as_str()
        || all(&selector["dataplaneLabels"]["matchLabels"], &label)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
