//! All plans of a zone.
mod ingresses;

use super::{
    Access, Cluster, ClusterTls, Destination, HostRoutes, Identity, Inbound, Outbound, Part, PartName, Protocol, Redirect, Retries,
    RouteTimeouts, Touched,
    away::Way,
    identity::{MeshIdentity, MeshTrust, Who},
    ingress::Ingress,
    mesh::{Mesh, MeshSettings, Services},
    policies::{HEALTH_CHECK, PERMISSION, Policies, RETRY, ROUTE, TIMEOUT, resolve},
    proxy::{Proxy, ProxyInbound, Reaches},
    routes::{Lookup, routes},
    service::{Service, ServicePort},
};
use crate::{
    names::ServiceId,
    policy::{Origin, PolicyIndex},
    resource::{
        Key, Kind, MeshName, Resource, ResourceName, ZoneName,
        model::{self, Model, RouteBackend, Violation},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

/// All plans of a zone.
#[derive(Debug)]
pub struct Plans {
    pub(super) here: ZoneName,
    pub(super) policies: PolicyIndex,
    pub(super) meshes: BTreeMap<MeshName, Mesh>,
    unreadable: BTreeMap<Key, Vec<Violation>>,
    pub(super) ingresses: BTreeMap<ResourceName, Ingress>,
    /// Ways into zones that say so for all meshes.
    older_ways: BTreeMap<Key, Way>,
    /// The proxies that routes are for: what a service becomes may change where all of their requests go.
    routed: BTreeSet<Key>,
}

/// Why something that proxies prove themselves by is left out, or some of it; empty: it can be read.
pub(crate) fn unreadable(resource: &Resource) -> Vec<Violation> {
    match resource.kind().as_str() {
        "MeshIdentity" => MeshIdentity::of(resource).1,
        "MeshTrust" => MeshTrust::of(resource).map_or_else(|wrong| wrong, |trust| trust.wrong),
        "MeshZoneAddress" => Way::written(resource).err().unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whose plans may be different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Which parts of whose plans. The others are as they were.
    pub proxies: BTreeMap<Key, Touched>,
    /// Services of this zone whose resources may not say who serves them ([`Plans::known_by`]).
    pub own: BTreeSet<ServiceId>,
}

/// What is held of a key now.
type Held<'a> = (&'a Key, Option<&'a Arc<Resource>>);

impl Plans {
    /// Nothing is known yet, in this zone.
    pub fn new(here: ZoneName) -> Self {
        let (meshes, unreadable, ingresses, older_ways, routed) = Default::default();
        Self { here, policies: PolicyIndex::new(), meshes, unreadable, ingresses, older_ways, routed }
    }

    /// Takes over what is held now of these keys, and the addresses that services have now.
    pub fn apply<'a>(
        &mut self,
        held: impl IntoIterator<Item = Held<'a>>,
        vips: impl IntoIterator<Item = (&'a ServiceId, Option<Ipv4Addr>)>,
    ) -> Affected {
        let held: Vec<Held<'a>> = held.into_iter().collect();
        let mut affected = Affected::default();
        let mut found: BTreeMap<MeshName, Services> = BTreeMap::new();
        for (key, resource) in &held {
            self.unreadable.remove(key);
            if let Err(why) = self.take(key, *resource, &mut found, &mut affected) {
                let first = why.first().map(|(field, why)| format!("{field}: {why}")).unwrap_or_default();
                tracing::warn!(resource = %key, why = first, "this is not in effect");
                self.unreadable.insert((*key).clone(), why);
            }
        }
        for (name, mesh) in &mut self.meshes {
            if mesh.settle_trust(&self.here) {
                affected.touch(name, mesh.proxies.keys(), &Touched { trust: true, ..Touched::default() });
            }
        }
        for (service, vip) in vips {
            let mesh = self.meshes.entry(service.mesh.clone()).or_default();
            mesh.set_vip(service, vip, found.entry(service.mesh.clone()).or_default());
        }
        self.touch_those_of_policies(&held, &mut affected);
        for (mesh, found) in found {
            self.touch_those_of_services(&mesh, &found, &mut affected);
        }
        self.meshes.retain(|_, mesh| !mesh.is_empty());
        affected
    }

    /// Reads one resource. What cannot be read counts as not being there.
    fn take(
        &mut self,
        key: &Key,
        resource: Option<&Arc<Resource>>,
        found: &mut BTreeMap<MeshName, Services>,
        affected: &mut Affected,
    ) -> Result<(), Vec<Violation>> {
        if key.kind == Kind::mesh() {
            let Ok(name) = MeshName::new(key.name.as_str()) else { return Ok(()) };
            return self.put_mesh(name, resource, found, affected);
        }
        let Some(name) = &key.mesh else { return self.put_ingress(key, resource, found, affected) };
        let mut outcome = Ok(());
        let mut keep = |why| outcome = Err(why);
        if key.kind == Kind::dataplane() {
            let mesh = self.meshes.entry(name.clone()).or_default();
            let proxy = resource.and_then(|resource| Proxy::of(resource).map_err(&mut keep).ok());
            let is_there = proxy.is_some();
            if mesh.put_proxy(&self.here, &key.name, proxy, found.entry(name.clone()).or_default()) && is_there {
                affected.proxies.insert(key.clone(), Touched::everything());
            }
            return outcome;
        }
        match key.kind.as_str() {
            "MeshService" | "MeshMultiZoneService" => {
                let mesh = self.meshes.entry(name.clone()).or_default();
                let service = resource.and_then(|resource| Service::of(resource, &self.here).map_err(&mut keep).ok()).flatten();
                mesh.put_service(&self.here, key, service, found.entry(name.clone()).or_default());
            }
            "MeshZoneAddress" => {
                let mesh = self.meshes.entry(name.clone()).or_default();
                let way = resource.and_then(|resource| Way::of(resource, &self.here).map_err(&mut keep).ok()).flatten();
                mesh.put_way(key, way, found.entry(name.clone()).or_default());
            }
            "MeshIdentity" => {
                let mesh = self.meshes.entry(name.clone()).or_default();
                let (identity, wrong) = resource.map(|resource| MeshIdentity::of(resource)).unwrap_or_default();
                if !wrong.is_empty() {
                    keep(wrong);
                }
                let others = mesh.put_identity(&self.here, key, identity, found.entry(name.clone()).or_default());
                affected.touch(name, others.iter(), &Touched::everything());
            }
            "MeshTrust" => {
                let mesh = self.meshes.entry(name.clone()).or_default();
                let trust = resource.and_then(|resource| MeshTrust::of(resource).map_err(&mut keep).ok());
                if let Some(wrong) = trust.as_ref().map(|trust| &trust.wrong).filter(|wrong| !wrong.is_empty()) {
                    keep(wrong.clone());
                }
                mesh.put_trust(key, trust);
            }
            _ => {}
        }
        outcome
    }

    fn put_mesh(
        &mut self,
        name: MeshName,
        resource: Option<&Arc<Resource>>,
        found: &mut BTreeMap<MeshName, Services>,
        affected: &mut Affected,
    ) -> Result<(), Vec<Violation>> {
        let read = resource.and_then(|resource| resource.spec.value()).map(|value| model::parse(&Kind::mesh(), value)).transpose();
        let (settings, outcome) = match read {
            Ok(Some(Some(Model::Mesh(mesh)))) => (Some(MeshSettings::of(&mesh)), Ok(())),
            // It is there, whatever it says.
            Err(why) => (Some(MeshSettings::of(&model::Mesh::default())), Err(why)),
            Ok(_) => (None, Ok(())),
        };
        let mesh = self.meshes.entry(name.clone()).or_default();
        let (was_there, is_there) = (mesh.settings.is_some(), settings.is_some());
        if mesh.settings != settings {
            mesh.settings = settings;
            let touched = if was_there == is_there { Touched { redirect: true, ..Touched::default() } } else { Touched::everything() };
            affected.touch(&name, mesh.proxies.keys(), &touched);
            if was_there != is_there {
                for (key, way) in self.older_ways.iter().filter(|_| is_there) {
                    mesh.put_way(key, Some(way.clone()), found.entry(name.clone()).or_default());
                }
                self.touch_ingresses(&Touched::everything(), affected);
            }
        }
        outcome
    }

    fn touch_those_of_policies(&mut self, held: &[Held<'_>], affected: &mut Affected) {
        for (proxy, kinds) in self.policies.apply(held.iter().copied()).proxies {
            let Some(known) = proxy.mesh.as_ref().and_then(|mesh| self.meshes.get(mesh)?.proxies.get(&proxy.name)) else {
                self.routed.remove(&proxy);
                continue;
            };
            let mut touched = Touched::default();
            if kinds.contains(TIMEOUT) {
                touched.extend(Touched { inbounds: true, outbounds: true, clusters: true, ..Touched::default() });
            }
            if kinds.contains(HEALTH_CHECK) {
                touched.extend(Touched { clusters: true, ..Touched::default() });
            }
            if kinds.contains(RETRY) {
                touched.extend(Touched { outbounds: true, ..Touched::default() });
            }
            if kinds.contains(PERMISSION) {
                touched.extend(Touched { inbounds: true, ..Touched::default() });
            }
            if kinds.contains(ROUTE) {
                // Who reaches all has the clusters of all.
                let more = known.reaches != Reaches::All;
                touched.extend(Touched { outbounds: true, clusters: more, all_endpoints: more, ..Touched::default() });
                let routes = resolve(&self.policies, &proxy, ROUTE).and_then(|resolved| resolved.to);
                if routes.is_some_and(|to| !to.is_empty()) {
                    self.routed.insert(proxy.clone());
                } else {
                    self.routed.remove(&proxy);
                }
            }
            affected.proxies.entry(proxy).or_default().extend(touched);
        }
    }

    fn touch_those_of_services(&self, name: &MeshName, found: &Services, affected: &mut Affected) {
        let Some(mesh) = self.meshes.get(name) else { return };
        affected.own.extend(found.own.iter().cloned());
        let lets_through = |of: &&Destination| of.service.zone.as_ref().is_none_or(|zone| *zone == self.here);
        let (destinations, endpoints): (BTreeSet<_>, BTreeSet<_>) =
            (found.changed.iter().filter(lets_through).cloned().collect(), found.endpoints.iter().filter(lets_through).cloned().collect());
        if !destinations.is_empty() || !endpoints.is_empty() {
            self.touch_ingresses(&Touched { destinations, endpoints, ..Touched::default() }, affected);
        }
        if !found.named.is_empty() {
            let touched = Touched { names: true, ..Touched::default() };
            for (proxy, known) in mesh.proxies.iter().filter(|(_, known)| known.redirect.is_some()) {
                let proxy = dataplane(name, proxy);
                let is_touched = affected.proxies.get(&proxy).is_some_and(|touched| touched.names);
                if !is_touched && found.named.iter().any(|service| known.finds_any(&self.here, service)) {
                    affected.proxies.entry(proxy).or_default().extend(touched.clone());
                }
            }
        }
        if !found.changed.is_empty() {
            let touched = Touched { destinations: found.changed.clone(), ..Touched::default() };
            affected.touch(name, mesh.proxies.keys(), &touched);
            let routed = mesh.proxies.keys().filter(|proxy| self.routed.contains(&dataplane(name, proxy)));
            affected.touch(name, routed, &Touched { outbounds: true, ..Touched::default() });
            // A route may lead past what its proxy reaches by itself.
            let further =
                mesh.proxies.iter().filter(|(proxy, known)| known.reaches != Reaches::All && self.routed.contains(&dataplane(name, proxy)));
            let touched = Touched { clusters: true, all_endpoints: true, ..Touched::default() };
            affected.touch(name, further.map(|(proxy, _)| proxy), &touched);
        }
        if !found.endpoints.is_empty() {
            let endpoints: Vec<(&Destination, Option<(&Service, u16)>)> =
                found.endpoints.iter().map(|of| (of, mesh.destination(of).map(|(service, port)| (service, port.number)))).collect();
            let may_use = |(proxy, known): &(&ResourceName, &Proxy)| {
                let leads_anywhere = known.reaches == Reaches::All || self.routed.contains(&dataplane(name, proxy));
                let finds = |(service, number): &(&Service, u16)| known.finds(&self.here, service, None, *number).is_some();
                // Of what is no more nobody knows who used it.
                leads_anywhere || endpoints.iter().any(|(_, found)| found.as_ref().is_none_or(finds))
            };
            let users = mesh.proxies.iter().filter(may_use).map(|(proxy, _)| proxy);
            affected.touch(name, users, &Touched { endpoints: found.endpoints.clone(), ..Touched::default() });
        }
    }

    /// Takes over to which services names lead now: what [`crate::names::Names`] says of them.
    pub fn name<'a>(&mut self, names: impl IntoIterator<Item = (&'a MeshName, &'a str, Option<&'a ServiceId>)>) -> Affected {
        let mut affected = Affected::default();
        let mut found: BTreeMap<&MeshName, Services> = BTreeMap::new();
        for (name, host, service) in names {
            let mesh = self.meshes.entry(name.clone()).or_default();
            mesh.set_name(host, service, found.entry(name).or_default());
        }
        for (mesh, found) in found {
            self.touch_those_of_services(mesh, &found, &mut affected);
        }
        self.meshes.retain(|_, mesh| !mesh.is_empty());
        affected
    }

    /// A proxy that has just come serves nobody until it is ready ([`Self::release`]).
    pub fn hold_back(&mut self, proxy: &Key) {
        if let Some(mesh) = &proxy.mesh {
            self.meshes.entry(mesh.clone()).or_default().hold_back(&proxy.name);
        }
    }

    /// It is ready to serve, or gone.
    pub fn release(&mut self, proxy: &Key) -> Affected {
        let (mut affected, mut found) = (Affected::default(), Services::default());
        if let Some(name) = &proxy.mesh
            && let Some(mesh) = self.meshes.get_mut(name)
        {
            mesh.release(&proxy.name, &mut found);
            self.touch_those_of_services(name, &found, &mut affected);
        }
        affected
    }

    /// What cannot be read, and so is left out; and why.
    pub fn unreadable(&self) -> impl Iterator<Item = (&Key, &Vec<Violation>)> {
        // What neither plans nor policies can read is said once.
        self.unreadable.iter().chain(self.policies.unreadable().iter().filter(|(key, _)| !self.unreadable.contains_key(*key)))
    }

    /// The resource that describes a service of this zone, and the SPIFFE IDs of those who serve it.
    pub fn known_by(&self, service: &ServiceId) -> Option<(&Key, BTreeSet<String>)> {
        self.meshes.get(&service.mesh)?.known_by(service)
    }

    /// The whole plan of a proxy; empty if there is no such proxy, or its mesh is not held.
    pub fn plan(&self, proxy: &Key) -> BTreeMap<PartName, Part> {
        self.parts(proxy, &Touched::everything())
    }

    /// Of the parts that were touched those that there are.
    pub fn parts(&self, proxy: &Key, touched: &Touched) -> BTreeMap<PartName, Part> {
        if proxy.mesh.is_none() {
            let ingress = self.ingresses.get(&proxy.name).filter(|_| proxy.kind == Kind::zone_ingress());
            return ingress.map(|ingress| ingress.parts(&self.here, &self.meshes, touched)).unwrap_or_default();
        }
        let known = proxy.mesh.as_ref().and_then(|mesh| self.meshes.get(mesh));
        let known = known.and_then(|mesh| Some((mesh, mesh.settings.as_ref()?, mesh.proxies.get(&proxy.name)?)));
        let Some((mesh, settings, known)) = known else { return BTreeMap::new() };
        let mut parts = Vec::new();
        let who = mesh.who(&proxy.name);
        let identity = who.and_then(|who| if let Who::Is(identity) = who { Some(identity) } else { None });
        if touched.identity {
            parts.extend(identity.cloned().map(Part::Identity));
        }
        if touched.trust && identity.is_some() {
            parts.push(Part::Trust(mesh.trust().clone()));
        }
        if touched.redirect {
            parts.extend(known.redirect.map(|ports| {
                let (inbound_port, outbound_port) = (ports.inbound, ports.outbound);
                Part::Redirect(Redirect {
                    inbound_port,
                    outbound_port,
                    passthrough: settings.passthrough,
                    inbound_passthrough: who.is_none(),
                })
            }));
        }
        if touched.names && known.redirect.is_some() {
            parts.push(Part::Names(mesh.host_names(&self.here, known)));
        }
        // Of whoever does not reach all, routes say what else he reaches.
        let leads_further = known.reaches != Reaches::All && self.routed.contains(proxy);
        let asks_policies = touched.inbounds || touched.outbounds || touched.clusters || leads_further || !touched.destinations.is_empty();
        let policies = if asks_policies { Policies::of(&self.policies, proxy) } else { Policies::default() };
        if touched.inbounds {
            let permissions = identity.and_then(|_| resolve(&self.policies, proxy, PERMISSION));
            let access = |inbound: &ProxyInbound| match who {
                Some(_) => Access::known(permissions.as_ref().and_then(|resolved| resolved.inbounds.as_ref()?.get(&inbound.at))),
                None => Access::Anybody,
            };
            let plan = |inbound: &ProxyInbound| Inbound {
                access: access(inbound),
                identity: identity.map(|identity| identity.name.clone()),
                ..policies.inbound(inbound, known.redirect.is_some())
            };
            parts.extend(known.inbounds.iter().filter(|inbound| inbound.is_heard).map(plan).map(Part::Inbound));
        }
        let planner = Planner { plans: self, mesh, proxy: known, identity, is_routed: self.routed.contains(proxy), policies };
        planner.outwards(touched, &mut parts);
        parts.into_iter().map(|part| (part.name(), part)).collect()
    }
}

/// Plans what one proxy sends.
struct Planner<'a> {
    plans: &'a Plans,
    mesh: &'a Mesh,
    proxy: &'a Proxy,
    identity: Option<&'a Identity>,
    /// Routes are for it.
    is_routed: bool,
    policies: Policies,
}

impl Planner<'_> {
    fn outwards(&self, touched: &Touched, parts: &mut Vec<Part>) {
        // Where a route leads is found out by planning what it is for.
        let finds_further = self.is_routed && self.proxy.reaches != Reaches::All;
        let all = touched.outbounds || touched.clusters || touched.all_endpoints || finds_further;
        let named = touched.destinations.union(&touched.endpoints).filter_map(|of| self.mesh.destination(of));
        let candidates: Vec<(&Service, &ServicePort)> = if all { self.mesh.destinations().collect() } else { named.collect() };
        let mut reached = BTreeSet::new();
        for (service, port) in candidates {
            let Some(listens) = self.proxy.finds(&self.plans.here, service, self.mesh.vip(&service.id), port.number) else { continue };
            let to = destination(service, port);
            let is_touched = touched.covers(&PartName::Outbound(to.clone()));
            if is_touched || finds_further {
                let outbound = self.outbound(service, port, listens);
                reached.extend(outbound.hosts.iter().flat_map(HostRoutes::leads_to).cloned());
                if is_touched {
                    parts.push(Part::Outbound(outbound));
                }
            }
            reached.insert(to);
        }
        for to in reached {
            let Some((service, port)) = self.mesh.destination(&to) else { continue };
            if touched.covers(&PartName::Cluster(to.clone())) {
                parts.push(Part::Cluster(Cluster {
                    protocol: port.protocol,
                    timeouts: self.policies.outbound_timeouts(service, port),
                    health_check: self.policies.health_check(service, port),
                    panic: self.policies.panic(service, port),
                    tls: self.tls(&to, port.number),
                    destination: to.clone(),
                }));
            }
            if touched.covers(&PartName::Endpoints(to.clone())) {
                // What is in another zone is reached encrypted, or not at all.
                let endpoints = match self.identity {
                    Some(_) => self.mesh.endpoints(&to).cloned(),
                    None => self.mesh.endpoints_here(service, &to),
                };
                parts.extend(endpoints.map(Part::Endpoints));
            }
        }
    }

    /// Both ends have an identity, or nothing is encrypted.
    fn tls(&self, to: &Destination, number: u16) -> Option<ClusterTls> {
        let (identity, servers) = (self.identity?, self.mesh.servers(to)?);
        Some(ClusterTls { identity: identity.name.clone(), sni: self.mesh.sni(to, number), servers: servers.clone() })
    }

    fn outbound(&self, service: &Service, port: &ServicePort, listens: BTreeSet<std::net::SocketAddr>) -> Outbound {
        let own = destination(service, port);
        let hosts =
            if port.protocol.has_requests() { routes(self.policies.routes(service, port), &own, port.protocol, self) } else { Vec::new() };
        Outbound {
            listens,
            redirected: self.proxy.redirect.is_some(),
            protocol: port.protocol,
            timeouts: self.policies.outbound_timeouts(service, port),
            retries: self.policies.retries(service, port),
            connect_attempts: self.policies.connect_attempts(service, port),
            hosts,
            destination: own,
        }
    }
}

impl Lookup for Planner<'_> {
    fn backend(&self, backend: &RouteBackend, origin: &Origin) -> Option<Destination> {
        self.plans.backend(&origin.policy, backend)
    }

    fn timeouts(&self, route: &Origin) -> Option<RouteTimeouts> {
        self.policies.route_timeouts(self.plans.policies.kri(&route.policy)?)
    }

    fn retries(&self, route: &Origin, protocol: Protocol) -> Option<Retries> {
        self.policies.route_retries(self.plans.policies.kri(&route.policy)?, protocol)
    }
}

impl Affected {
    fn touch<'a>(&mut self, mesh: &MeshName, proxies: impl Iterator<Item = &'a ResourceName>, touched: &Touched) {
        proxies.for_each(|proxy| self.proxies.entry(dataplane(mesh, proxy)).or_default().extend(touched.clone()));
    }
}

fn dataplane(mesh: &MeshName, name: &ResourceName) -> Key {
    Key { kind: Kind::dataplane(), mesh: Some(mesh.clone()), name: name.clone() }
}

fn destination(service: &Service, port: &ServicePort) -> Destination {
    Destination { service: service.id.clone(), port: port.section.clone() }
}
