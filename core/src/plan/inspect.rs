//! Why a plan is as it is: what a plan is made of, for whoever explains it. Nothing is decided here.
use super::{
    Access, Destination, Endpoint, Endpoints, Identity, Part, PartName, Plans, Serving, Touched, Trust,
    identity::{self, Who},
    policies::{PERMISSION, ROUTE, resolve},
    proxy::Reaches,
    service::{Selects, Served, Service},
};
use crate::{
    names::ServiceId,
    policy::{InboundRule, Merged},
    resource::{Key, Kind, MeshName, ResourceName, ZoneName, model::RouteBackend},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its resource.
    pub(crate) key: Key,
    /// Name and number of each port.
    pub(crate) ports: Vec<(String, u16)>,
    /// Who serves it.
    pub(crate) served: ServedBy,
}

/// Who serves a service.
#[derive(Clone, Debug)]
pub(crate) enum ServedBy {
    /// Proxies of this zone.
    Here(Selecting),
    /// Proxies of another one, which are known by these SPIFFE IDs.
    Away(BTreeSet<String>),
    /// Those who serve these services.
    Services(BTreeSet<ServiceId>),
    /// Nobody.
    Nobody,
}

/// Which proxies.
#[derive(Clone, Debug)]
pub(crate) enum Selecting {
    /// One, by its name.
    Named,
    /// Those with these labels.
    Labels(BTreeMap<String, String>),
    /// Those with an inbound that carries these tags.
    Tags(BTreeMap<String, String>),
}

/// How a workload comes to services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaching {
    /// To all, by their virtual IPs.
    All,
    /// To some, by their virtual IPs.
    Some,
    /// To some, by ports of its proxy.
    Ports,
}

/// An inbound that a service selects.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Whose.
    pub(crate) proxy: Key,
    /// What it is called.
    pub(crate) section: String,
    /// Its name, if it was given one.
    pub(crate) name: String,
    /// As policies say it.
    pub(crate) at: (String, u32),
    /// Where it is reached.
    pub(crate) endpoint: Endpoint,
    /// Whether it serves the port.
    pub(crate) serving: Serving,
}

/// Who a proxy is.
#[derive(Clone, Debug)]
pub(crate) enum WhoIs {
    /// This.
    Is(Identity),
    /// It is to have an identity by this `MeshIdentity`, and cannot; for want of these labels, if there are any.
    Nobody(Key, BTreeSet<String>),
    /// It is to have none.
    Anonymous,
}

impl Plans {
    /// Which destination a backend is that a policy names.
    pub(crate) fn backend(&self, policy: &Key, backend: &RouteBackend) -> Option<Destination> {
        let mesh = self.meshes.get(policy.mesh.as_ref()?)?;
        let found = self.policies.destinations(policy, &backend.target);
        found.iter().find_map(|(kri, section)| {
            let service = mesh.named(kri)?;
            let port = match (section.as_str(), backend.port) {
                ("", Some(number)) => service.ports.iter().find(|port| u32::from(port.number) == number)?,
                ("", None) => service.ports.first()?,
                (section, _) => service.port(section)?,
            };
            Some(Destination { service: service.id.clone(), port: port.section.clone() })
        })
    }

    /// The service that a backend names, whatever its port; and what the port is called, if that is said so.
    pub(crate) fn backend_service(&self, policy: &Key, backend: &RouteBackend) -> Option<(&ServiceId, String)> {
        let mesh = self.meshes.get(policy.mesh.as_ref()?)?;
        let found = self.policies.destinations(policy, &backend.target);
        found.iter().find_map(|(kri, section)| Some((&mesh.named(kri)?.id, section.to_string())))
    }

    /// Every service of a mesh.
    pub(crate) fn services(&self, mesh: &MeshName) -> impl Iterator<Item = &ServiceId> {
        self.meshes.get(mesh).into_iter().flat_map(|mesh| mesh.services.keys())
    }

    pub(crate) fn seen(&self, id: &ServiceId) -> Option<Seen> {
        let mesh = self.meshes.get(&id.mesh)?;
        let (key, service) = mesh.services.get(id)?.first_key_value()?;
        let served = match &service.served {
            Served::Here(Selects::Named(_)) => ServedBy::Here(Selecting::Named),
            Served::Here(Selects::Labels(labels)) => ServedBy::Here(Selecting::Labels(labels.clone())),
            Served::Here(Selects::Tags(tags)) => ServedBy::Here(Selecting::Tags(tags.clone())),
            Served::Away(away) => ServedBy::Away(away.servers.clone()),
            Served::ByServices(_) => ServedBy::Services(mesh.unions.get(id).cloned().unwrap_or_default()),
            Served::ByNobody => ServedBy::Nobody,
        };
        let ports = service.ports.iter().map(|port| (port.section.clone(), port.number)).collect();
        Some(Seen { key: key.clone(), ports, served })
    }

    /// The inbounds that a service of this zone selects.
    pub(crate) fn candidates(&self, to: &Destination) -> Vec<Candidate> {
        let Some(mesh) = self.meshes.get(&to.service.mesh) else { return Vec::new() };
        let Some((service, port)) = mesh.destination(to) else { return Vec::new() };
        let of_proxy = |(name, proxy)| {
            let candidate = |(inbound, serving): (&super::proxy::ProxyInbound, Serving)| Candidate {
                proxy: Key { kind: Kind::dataplane(), mesh: Some(to.service.mesh.clone()), name: ResourceName::clone(name) },
                section: inbound.section.clone(),
                name: inbound.name.clone(),
                at: inbound.at.clone(),
                endpoint: Endpoint { priority: 0, address: inbound.listens.ip(), port: inbound.listens.port() },
                serving,
            };
            service.serving(port, name, proxy).map(candidate).collect::<Vec<_>>()
        };
        mesh.proxies.iter().flat_map(of_proxy).collect()
    }

    /// How the workload of a proxy comes to services.
    pub(crate) fn reaching(&self, proxy: &Key) -> Option<Reaching> {
        let known = self.meshes.get(proxy.mesh.as_ref()?)?.proxies.get(&proxy.name)?;
        Some(match known.reaches {
            Reaches::All => Reaching::All,
            Reaches::These(_) => Reaching::Some,
            Reaches::Ports(_) => Reaching::Ports,
        })
    }

    pub(crate) fn who_is(&self, proxy: &Key) -> WhoIs {
        let mesh = proxy.mesh.as_ref().and_then(|mesh| self.meshes.get(mesh));
        let said = mesh.and_then(|mesh| {
            Some(match mesh.who(&proxy.name)? {
                Who::Is(identity) => WhoIs::Is(identity.clone()),
                Who::Nobody => {
                    let (by, lacks) = identity::said_by(&mesh.identities, mesh.proxies.get(&proxy.name)?)?;
                    WhoIs::Nobody(by.clone(), lacks)
                }
            })
        });
        said.unwrap_or(WhoIs::Anonymous)
    }

    /// Who serves a destination, those of other zones included.
    pub(crate) fn served(&self, to: &Destination) -> Option<&Arc<Endpoints>> {
        self.meshes.get(&to.service.mesh)?.endpoints(to)
    }

    /// The SPIFFE IDs of those who serve a destination; `None`: none of them has one, or there is nobody.
    pub(crate) fn servers(&self, to: &Destination) -> Option<&BTreeSet<String>> {
        self.meshes.get(&to.service.mesh)?.servers(to)
    }

    /// Whom the proxies of a mesh trust.
    pub(crate) fn trusted(&self, mesh: &MeshName) -> Option<&Trust> {
        self.meshes.get(mesh).map(|mesh| mesh.trust())
    }

    /// The ways into another zone.
    pub(crate) fn ways(&self, mesh: &MeshName, zone: &ZoneName) -> Vec<(&Key, Endpoint)> {
        let ways = self.meshes.get(mesh).into_iter().flat_map(|mesh| &mesh.ways);
        ways.filter(|(_, way)| way.zone == *zone).map(|(key, way)| (key, way.to)).collect()
    }

    /// The ingresses of this zone.
    pub(crate) fn entrances(&self) -> impl Iterator<Item = Key> {
        self.ingresses.keys().map(super::ingress::Ingress::key)
    }

    /// Whether an ingress lets connections through to a destination.
    pub(crate) fn lets_through(&self, ingress: &Key, to: &Destination) -> bool {
        let touched = Touched { destinations: [to.clone()].into(), ..Touched::default() };
        self.parts(ingress, &touched).contains_key(&PartName::Passage(to.clone()))
    }

    /// Who may connect to an inbound of a proxy, as that is told.
    pub(crate) fn access(&self, proxy: &Key, section: &str) -> Option<Access> {
        let touched = Touched { inbounds: true, ..Touched::default() };
        match self.parts(proxy, &touched).remove(&PartName::Inbound(section.to_owned()))? {
            Part::Inbound(inbound) => Some(inbound.access),
            _ => None,
        }
    }

    /// The rules by which an inbound of a proxy lets others in.
    pub(crate) fn permissions(&self, proxy: &Key, at: &(String, u32)) -> Vec<InboundRule> {
        let resolved = resolve(&self.policies, proxy, PERMISSION);
        resolved.and_then(|resolved| resolved.inbounds?.remove(at)).map(|inbound| inbound.rules).unwrap_or_default()
    }

    /// The confs of the routes by which a proxy sends to a destination.
    pub(crate) fn route_confs(&self, proxy: &Key, to: &Destination) -> Vec<Merged> {
        let service = self.meshes.get(&to.service.mesh).and_then(|mesh| mesh.service(&to.service));
        let found = resolve(&self.policies, proxy, ROUTE).zip(service);
        let rule = found.as_ref().and_then(|(resolved, service): &(_, &Service)| resolved.towards(&service.kri, &to.port));
        rule.map(|rule| rule.confs.clone()).unwrap_or_default()
    }
}
