//! All proxies and services of one mesh, and who serves what.
use super::{
    Destination, Endpoint, Endpoints, HostNames, Touched, Trust,
    away::{Asked, Away, NEXT, Way},
    identity::{self, MeshIdentity, MeshTrust, Who},
    named::Named,
    older_names,
    proxy::{Proxy, Spot},
    server_names::ServerNames,
    service::{Served, Service, ServicePort},
    ways::Ways,
};
use crate::{
    names::ServiceId,
    policy::Places,
    resource::{Key, Kri, ResourceName, ZoneName, model},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

/// One mesh.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    /// What its `Mesh` says; `None`: it is not held, and its proxies have no plans.
    pub(super) settings: Option<MeshSettings>,
    pub(super) proxies: BTreeMap<ResourceName, Proxy>,
    proxies_at: Places<Spot, ResourceName>,
    pub(super) services: BTreeMap<ServiceId, BTreeMap<Key, Service>>,
    /// By what those of this zone, and unions, are asked for from other zones.
    server_names: ServerNames,
    /// Which service a resource describes.
    described: BTreeMap<Key, ServiceId>,
    services_at: Places<Spot, ServiceId>,
    vips: BTreeMap<ServiceId, Ipv4Addr>,
    pub(super) named: Named,
    by_kri: BTreeMap<Kri, ServiceId>,
    /// Services that others make up, and which ones.
    pub(super) unions: BTreeMap<ServiceId, BTreeSet<ServiceId>>,
    endpoints: BTreeMap<Destination, Arc<Endpoints>>,
    /// The SPIFFE IDs of those who serve a destination, where one of them has one: then the others serve nobody.
    servers: BTreeMap<Destination, BTreeSet<String>>,
    pub(super) identities: BTreeMap<Key, MeshIdentity>,
    /// Who each proxy is that is to have an identity.
    who: BTreeMap<ResourceName, Who>,
    /// Proxies that have just come, and are not ready to serve.
    newcomers: BTreeSet<ResourceName>,
    trusts: BTreeMap<Key, MeshTrust>,
    /// Whom its proxies trust, by what was held when that was last found out.
    trust: Trust,
    /// Something that it is made of is different since.
    trust_is_stale: bool,
    /// Ways into other zones.
    pub(super) ways: Ways,
}

/// What a `Mesh` says about plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeshSettings {
    /// Whether what is for no service goes on to where it was sent.
    pub(super) passthrough: bool,
}

impl MeshSettings {
    /// Without a word about it, it does, as in Kuma.
    pub(super) fn of(mesh: &model::Mesh) -> Self {
        let outbound = mesh.networking.as_ref().and_then(|networking| networking.outbound.as_ref());
        Self { passthrough: outbound.and_then(|outbound| outbound.passthrough).unwrap_or(true) }
    }
}

/// What became different of services.
#[derive(Debug, Default)]
pub(super) struct Services {
    /// Their ports, their labels or their addresses.
    pub(super) changed: BTreeSet<Destination>,
    /// Who serves them.
    pub(super) endpoints: BTreeSet<Destination>,
    /// Of this zone: those who serve them may be others, or known otherwise.
    pub(super) own: BTreeSet<ServiceId>,
    /// Those whose names whoever reaches them may hear of, as they were or as they are.
    pub(super) named: Vec<Service>,
}

impl Mesh {
    pub(super) fn is_empty(&self) -> bool {
        let is_empty = self.settings.is_none() && self.proxies.is_empty() && self.services.is_empty() && self.vips.is_empty();
        is_empty && self.identities.is_empty() && self.trusts.is_empty() && self.named.is_empty() && self.ways.are_none_its_own()
    }

    /// Who a proxy is, if it is to have an identity.
    pub(super) fn who(&self, proxy: &ResourceName) -> Option<&Who> {
        self.who.get(proxy)
    }

    /// The SPIFFE IDs of those who serve a destination; `None`: none of them has one, or there is nobody.
    pub(super) fn servers(&self, destination: &Destination) -> Option<&BTreeSet<String>> {
        self.servers.get(destination)
    }

    /// Whom its proxies trust.
    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(super) fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.get(id)?.values().next()
    }

    pub(super) fn named(&self, kri: &Kri) -> Option<&Service> {
        self.service(self.by_kri.get(kri)?)
    }

    pub(super) fn vip(&self, service: &ServiceId) -> Option<Ipv4Addr> {
        self.vips.get(service).copied()
    }

    /// Every port of every service.
    pub(super) fn destinations(&self) -> impl Iterator<Item = (&Service, &ServicePort)> {
        let services = self.services.values().filter_map(|resources| resources.values().next());
        services.flat_map(|service| service.ports.iter().map(move |port| (service, port)))
    }

    pub(super) fn destination(&self, destination: &Destination) -> Option<(&Service, &ServicePort)> {
        let service = self.service(&destination.service)?;
        Some((service, service.port(&destination.port)?))
    }

    /// Whether another one is asked for in the same way.
    pub(super) fn is_ambiguous(&self, destination: &Destination) -> bool {
        self.server_names.others(destination).next().is_some()
    }

    /// By which server names an ingress lets through to it.
    pub(super) fn server_names(&self, destination: &Destination, number: u16) -> BTreeSet<String> {
        self.server_names.of(destination, number)
    }

    /// By which server name a port is asked for.
    pub(super) fn sni(&self, destination: &Destination, number: u16) -> String {
        match destination.service.zone.as_ref().and_then(|zone| self.ways.asked(zone)) {
            Some(Asked::AsBefore) => older_names::by_digest(destination, number),
            _ => destination.sni(),
        }
    }

    /// Of the destinations that were touched who serves them.
    pub(super) fn served<'a>(&'a self, touched: &'a Touched) -> impl Iterator<Item = (&'a Destination, &'a Arc<Endpoints>)> {
        let all = touched.clusters || touched.all_endpoints;
        let every = self.endpoints.iter().filter(move |_| all);
        let named = touched.destinations.union(&touched.endpoints).filter(move |_| !all);
        every.chain(named.filter_map(|of| self.endpoints.get_key_value(of)))
    }

    /// The same without those of other zones, which are reached encrypted or not at all.
    pub(super) fn endpoints_here(&self, service: &Service, destination: &Destination) -> Option<Arc<Endpoints>> {
        let all = self.endpoints(destination)?;
        let endpoints = match service.served {
            Served::Here(_) | Served::ByNobody => return Some(Arc::clone(all)),
            Served::Away(_) => BTreeSet::new(),
            Served::ByServices(_) => all.endpoints.iter().filter(|one| one.priority < NEXT).copied().collect(),
        };
        Some(Arc::new(Endpoints { destination: destination.clone(), endpoints }))
    }

    /// Who serves it, if it is there.
    pub(super) fn endpoints(&self, destination: &Destination) -> Option<&Arc<Endpoints>> {
        self.endpoints.get(destination)
    }

    /// Takes over what is held of a proxy now. Says whether it is another than before.
    pub(super) fn put_proxy(&mut self, here: &ZoneName, name: &ResourceName, proxy: Option<Proxy>, found: &mut Services) -> bool {
        if self.proxies.get(name) == proxy.as_ref() {
            return false;
        }
        let mut spots = BTreeSet::new();
        if let Some(before) = self.proxies.remove(name) {
            spots.extend(before.spots(name));
            self.proxies_at.remove(name, &spots);
        }
        self.who.remove(name);
        if let Some(proxy) = proxy {
            self.who.extend(identity::who(&self.identities, &proxy, here).map(|who| (name.clone(), who)));
            let after = proxy.spots(name);
            self.proxies_at.add(name, &after);
            spots.extend(after);
            self.proxies.insert(name.clone(), proxy);
        }
        let served: BTreeSet<ServiceId> = spots.iter().flat_map(|spot| self.services_at.at(spot)).cloned().collect();
        served.iter().for_each(|service| self.serve(service, found));
        true
    }

    /// Takes over what is held of a service's resource now.
    pub(super) fn put_service(&mut self, here: &ZoneName, key: &Key, service: Option<Service>, found: &mut Services) {
        let described = match &service {
            Some(service) => self.described.insert(key.clone(), service.id.clone()),
            None => self.described.remove(key),
        };
        let ids: BTreeSet<ServiceId> = described.iter().cloned().chain(service.as_ref().map(|service| service.id.clone())).collect();
        for id in ids {
            let before = self.service(&id).cloned();
            let resources = self.services.entry(id.clone()).or_default();
            resources.remove(key);
            if let Some(service) = service.as_ref().filter(|service| service.id == id) {
                resources.insert(key.clone(), service.clone());
            }
            if resources.is_empty() {
                self.services.remove(&id);
            }
            let after = self.service(&id).cloned();
            if after.as_ref().is_some_and(|service| service.is_here(here)) {
                // What its resource says of those who serve it may be gone.
                found.own.insert(id.clone());
            }
            if before == after {
                continue;
            }
            for (one, mv, is_there) in [(&before, Places::remove as Move, false), (&after, Places::add as Move, true)] {
                let spot = one.as_ref().and_then(Service::spot);
                mv(&mut self.services_at, &id, &spot.into_iter().collect());
                found.changed.extend(one.iter().flat_map(destinations));
                let own = one.iter().filter(|service| service.id.zone.as_ref().is_none_or(|zone| zone == here));
                for (destination, port) in own.flat_map(|service| destinations(service).zip(&service.ports)) {
                    if is_there {
                        self.server_names.add(&destination, port.number)
                    } else {
                        self.server_names.remove(&destination, port.number)
                    }
                    found.changed.extend(self.server_names.alike(&destination, port.number));
                }
                found.named.extend(one.iter().filter(|service| self.named.leads_to(&service.id)).cloned());
            }
            before.iter().for_each(|service| _ = self.by_kri.remove(&service.kri));
            after.iter().for_each(|service| _ = self.by_kri.insert(service.kri.clone(), id.clone()));
            self.serve(&id, found);
        }
    }

    /// Takes over what is held of a `MeshIdentity` now. Says which proxies are somebody else than before.
    pub(super) fn put_identity(
        &mut self,
        here: &ZoneName,
        key: &Key,
        identity: Option<MeshIdentity>,
        found: &mut Services,
    ) -> BTreeSet<ResourceName> {
        if self.identities.get(key) == identity.as_ref() {
            return BTreeSet::new();
        }
        match identity {
            Some(identity) => _ = self.identities.insert(key.clone(), identity),
            None => _ = self.identities.remove(key),
        }
        // Identities say which trust domain is whose.
        self.trust_is_stale = true;
        let who = |(name, proxy): (&ResourceName, &Proxy)| Some((name.clone(), identity::who(&self.identities, proxy, here)?));
        let now: BTreeMap<ResourceName, Who> = self.proxies.iter().filter_map(who).collect();
        let before = std::mem::replace(&mut self.who, now);
        let others = self.proxies.keys().filter(|name| self.who.get(*name) != before.get(*name)).cloned().collect();
        for service in self.services.keys().cloned().collect::<Vec<_>>() {
            self.serve(&service, found);
        }
        others
    }

    /// Takes over what is held of a `MeshTrust` now.
    pub(super) fn put_trust(&mut self, key: &Key, trust: Option<MeshTrust>) {
        if self.trusts.get(key) == trust.as_ref() {
            return;
        }
        match trust {
            Some(trust) => _ = self.trusts.insert(key.clone(), trust),
            None => _ = self.trusts.remove(key),
        }
        self.trust_is_stale = true;
    }

    /// Finds out anew whom its proxies trust, if that may be different. Says whether it is.
    pub(super) fn settle_trust(&mut self, here: &ZoneName) -> bool {
        if !std::mem::take(&mut self.trust_is_stale) {
            return false;
        }
        let before = std::mem::replace(&mut self.trust, identity::trust(&self.trusts, &self.identities, here));
        before != self.trust
    }

    /// Takes over what is held of a way into another zone now.
    pub(super) fn put_way(&mut self, key: &Key, way: Option<Way>, found: &mut Services) {
        let (zones, asked_otherwise) = self.ways.put(key, way);
        let is_in = |zones: &BTreeSet<ZoneName>, id: &ServiceId| id.zone.as_ref().is_some_and(|zone| zones.contains(zone));
        let led_to: Vec<ServiceId> = self.services.keys().filter(|id| is_in(&zones, id)).cloned().collect();
        for service in led_to {
            self.serve(&service, found);
            if is_in(&asked_otherwise, &service) {
                found.changed.extend(self.service(&service).into_iter().flat_map(destinations));
            }
        }
    }

    /// The resource that describes a service, and the SPIFFE IDs of those who serve it, those included that are not ready yet: so other zones know
    /// them in time.
    pub(super) fn known_by(&self, id: &ServiceId) -> Option<(&Key, BTreeSet<String>)> {
        let (key, service) = self.services.get(id)?.first_key_value()?;
        let serves =
            |name: &ResourceName, proxy: &Proxy| service.ports.iter().any(|port| service.endpoints(port, name, proxy).next().is_some());
        let proxies = service.spot().into_iter().flat_map(|spot| self.proxies_at.at(&spot).cloned().collect::<Vec<_>>());
        let ids = proxies.filter_map(|name| match self.who.get(&name)? {
            Who::Is(identity) if serves(&name, self.proxies.get(&name)?) => Some(identity.spiffe_id.clone()),
            _ => None,
        });
        Some((key, ids.collect()))
    }

    /// A proxy that has just come serves once it is ready.
    pub(super) fn hold_back(&mut self, name: &ResourceName) {
        self.newcomers.insert(name.clone());
    }

    /// It is ready to serve, or gone.
    pub(super) fn release(&mut self, name: &ResourceName, found: &mut Services) {
        if !self.newcomers.remove(name) {
            return;
        }
        let spots = self.proxies.get(name).map(|proxy| proxy.spots(name)).unwrap_or_default();
        let served: BTreeSet<ServiceId> = spots.iter().flat_map(|spot| self.services_at.at(spot)).cloned().collect();
        served.iter().for_each(|service| self.serve(service, found));
    }

    /// A service has this address now.
    pub(super) fn set_vip(&mut self, service: &ServiceId, vip: Option<Ipv4Addr>, found: &mut Services) {
        let before = match vip {
            Some(vip) => self.vips.insert(service.clone(), vip),
            None => self.vips.remove(service),
        };
        if before != vip {
            found.changed.extend(self.service(service).into_iter().flat_map(destinations));
            if self.named.leads_to(service) {
                found.named.extend(self.service(service).cloned());
            }
        }
    }

    /// A name leads to this service now, or to none.
    pub(super) fn set_name(&mut self, name: &str, service: Option<&ServiceId>, found: &mut Services) {
        let before = self.named.set(name, service);
        if before.as_ref() != service {
            found.named.extend(before.iter().chain(service).filter_map(|id| self.service(id)).cloned());
        }
    }

    /// What is answered to the workload of a proxy that asks for names.
    pub(super) fn host_names(&self, here: &ZoneName, proxy: &Proxy) -> HostNames {
        let reached = self.named.services().filter_map(|(id, names)| {
            let (service, vip) = (self.service(id)?, self.vip(id)?);
            proxy.finds_any(here, service).then_some((names, vip))
        });
        HostNames { addresses: reached.flat_map(|(names, vip)| names.iter().map(move |name| (name.clone(), vip))).collect() }
    }

    /// Finds out anew who serves a service, and the services that it is a part of.
    fn serve(&mut self, id: &ServiceId, found: &mut Services) {
        let parts = self.service(id).and_then(|service| match &service.served {
            Served::ByServices(wanted) => Some(self.parts(wanted)),
            _ => None,
        });
        match parts {
            Some(parts) => _ = self.unions.insert(id.clone(), parts),
            None => _ = self.unions.remove(id),
        }
        self.serve_it(id, found);
        let service = self.service(id).filter(|service| service.id.zone.is_some());
        let is_part = |union: &ServiceId| match (self.service(union).map(|union| &union.served), service) {
            (Some(Served::ByServices(wanted)), Some(service)) => service.carries(wanted),
            _ => false,
        };
        let is_part_of = |(union, parts): (&ServiceId, &BTreeSet<ServiceId>)| {
            let is_part = is_part(union);
            (is_part || parts.contains(id)).then(|| (union.clone(), is_part))
        };
        // Only this service may be another part than before: to look at all of them for each endpoint would cost what the mesh is large.
        for (union, is_part) in self.unions.iter().filter_map(is_part_of).collect::<Vec<_>>() {
            if let Some(parts) = self.unions.get_mut(&union) {
                _ = if is_part { parts.insert(id.clone()) } else { parts.remove(id) };
            }
            self.serve_it(&union, found);
        }
    }

    fn serve_it(&mut self, id: &ServiceId, found: &mut Services) {
        let mut served: BTreeMap<Destination, (Endpoints, Option<BTreeSet<String>>)> = BTreeMap::new();
        if let Some(service) = self.service(id) {
            for (destination, port) in destinations(service).zip(&service.ports) {
                let (endpoints, servers) = match (&service.served, &id.zone) {
                    (Served::Here(_), _) => self.served_here(service, port),
                    (Served::Away(away), Some(zone)) => self.served_away(zone, away),
                    (Served::ByServices(_), _) => self.served_by_parts(id, port),
                    _ => Default::default(),
                };
                let servers = Some(servers).filter(|servers| !servers.is_empty());
                served.insert(destination.clone(), (Endpoints { destination, endpoints }, servers));
            }
            if matches!(service.served, Served::Here(_)) {
                found.own.insert(id.clone());
            }
        }
        let all = Destination { service: id.clone(), port: String::new() };
        let known = self.endpoints.range(&all..).take_while(|(of, _)| of.service == *id).map(|(of, _)| of.clone());
        for gone in known.filter(|of| !served.contains_key(of)).collect::<Vec<_>>() {
            self.endpoints.remove(&gone);
            self.servers.remove(&gone);
            found.endpoints.insert(gone);
        }
        for (of, (endpoints, servers)) in served {
            if self.servers.get(&of) != servers.as_ref() {
                match servers {
                    Some(servers) => _ = self.servers.insert(of.clone(), servers),
                    None => _ = self.servers.remove(&of),
                }
                found.changed.insert(of.clone());
            }
            if self.endpoints.get(&of).is_none_or(|before| **before != endpoints) {
                self.endpoints.insert(of.clone(), Arc::new(endpoints));
                found.endpoints.insert(of);
            }
        }
    }

    /// Who serves a port of a service of this zone, and their SPIFFE IDs.
    fn served_here(&self, service: &Service, port: &ServicePort) -> ServedBy {
        let spot = service.spot();
        let proxies = spot.iter().flat_map(|spot| self.proxies_at.at(spot));
        let proxies = proxies.filter_map(|name| Some((name, self.proxies.get(name)?)));
        let ready = proxies.filter(|(name, _)| !self.newcomers.contains(*name));
        let (mut plain, mut known, mut servers) = (BTreeSet::<Endpoint>::new(), BTreeSet::new(), BTreeSet::new());
        for (name, proxy) in ready {
            let mut endpoints = service.endpoints(port, name, proxy).peekable();
            match self.who.get(name) {
                Some(Who::Is(identity)) if endpoints.peek().is_some() => {
                    servers.insert(identity.spiffe_id.clone());
                    known.extend(endpoints);
                }
                Some(Who::Is(_) | Who::Nobody) => {}
                None => plain.extend(endpoints),
            }
        }
        // Who cannot prove who he is takes nothing of a service in which others can.
        (if servers.is_empty() { plain } else { known }, servers)
    }

    /// The services that carry these labels.
    fn parts(&self, wanted: &BTreeMap<String, String>) -> BTreeSet<ServiceId> {
        let services = self.services.values().filter_map(|resources| resources.values().next());
        services.filter(|service| service.id.zone.is_some() && service.carries(wanted)).map(|service| service.id.clone()).collect()
    }

    /// Those who serve the parts of a union: those of this zone first, and those of other zones while there is nobody here.
    fn served_by_parts(&self, union: &ServiceId, port: &ServicePort) -> ServedBy {
        let parts = self.unions.get(union).into_iter().flatten().filter_map(|part| self.service(part));
        let ports: Vec<(Destination, bool)> = parts
            .filter(|part| part.port(&port.section).is_some())
            // All who serve a union are asked for by its one name, which no older ingress knows.
            .filter(|part| part.id.zone.as_ref().and_then(|zone| self.ways.asked(zone)) != Some(Asked::AsBefore))
            .map(|part| (Destination { service: part.id.clone(), port: port.section.clone() }, matches!(part.served, Served::Away(_))))
            .collect();
        // Where nobody in this zone can prove who he is, none of other zones is asked, who are reached encrypted or not at all: what another zone
        // does must not take away what works here.
        let here = || ports.iter().filter(|(_, is_away)| !is_away).map(|(of, _)| of);
        let serves = |of: &Destination| self.endpoints(of).is_some_and(|found| !found.endpoints.is_empty());
        let only_here = here().any(serves) && !here().any(|of| self.servers.contains_key(of));
        let ports: Vec<&(Destination, bool)> = ports.iter().filter(|(_, is_away)| !(only_here && *is_away)).collect();
        let servers: BTreeSet<String> = ports.iter().filter_map(|(of, _)| self.servers.get(of)).flatten().cloned().collect();
        let mut endpoints = BTreeSet::new();
        for (of, is_away) in ports {
            // Who cannot prove who he is takes nothing of a service in which others can.
            let counts = servers.is_empty() || self.servers.contains_key(of);
            let of = self.endpoints.get(of).filter(|_| counts).into_iter().flat_map(|endpoints| endpoints.endpoints.iter());
            endpoints.extend(of.map(|one| Endpoint { priority: if *is_away { NEXT } else { 0 }, ..*one }));
        }
        (endpoints, servers)
    }

    /// The ways into a zone, if those who serve something there are known: an ingress lets through only what is encrypted.
    fn served_away(&self, zone: &ZoneName, away: &Away) -> ServedBy {
        let ways = self.ways.to(zone).filter(|_| !away.servers.is_empty());
        (ways.map(|(_, to)| to).collect(), away.servers.clone())
    }
}

type ServedBy = (BTreeSet<Endpoint>, BTreeSet<String>);

type Move = fn(&mut Places<Spot, ServiceId>, &ServiceId, &BTreeSet<Spot>);

fn destinations(service: &Service) -> impl Iterator<Item = Destination> + '_ {
    service.ports.iter().map(|port| Destination { service: service.id.clone(), port: port.section.clone() })
}
