//! A proxy as its plan needs it, read once.
use super::{Protocol, service::Service};
use crate::resource::{
    Resource, ResourceName, ZoneName, labels,
    model::{self, BackendRef, GatewayType, Model, Networking, Violation},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// A proxy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Proxy {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) inbounds: Vec<ProxyInbound>,
    pub(super) reaches: Reaches,
    pub(super) redirect: Option<RedirectPorts>,
}

/// The ports to which traffic is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RedirectPorts {
    pub(super) inbound: u16,
    pub(super) outbound: u16,
}

/// Where a proxy takes traffic for its workload.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProxyInbound {
    /// Its name, or its port.
    pub(super) section: String,
    pub(super) name: String,
    pub(super) listens: SocketAddr,
    /// The same as policies say it.
    pub(super) at: (String, u32),
    pub(super) workload: SocketAddr,
    pub(super) protocol: Protocol,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) is_ready: bool,
    /// Of several on one port, as of several services before one pod, a proxy listens for one: the first that has requests, or the first.
    pub(super) is_heard: bool,
}

/// Which services a workload reaches, and by which addresses.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reaches {
    /// All of the mesh, by their virtual IPs.
    All,
    /// These, by their virtual IPs.
    These(Vec<BackendRef>),
    /// These, by ports on which the proxy listens.
    Ports(Vec<(SocketAddr, BackendRef)>),
}

/// Where services and proxies meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// Every proxy is here.
    Everywhere,
    Named(ResourceName),
    Label(String, String),
    Tag(String, String),
}

impl Proxy {
    /// Reads a `Dataplane`. What has no IP address is left out: nothing here asks a resolver.
    ///
    /// # Errors
    /// Where it has another form.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        let value = resource.spec.value().ok_or_else(|| vec![(String::new(), "cannot be decoded".to_owned())])?;
        let networking = match model::parse(resource.kind(), value)? {
            Some(Model::Dataplane(dataplane)) => dataplane.networking.unwrap_or_default(),
            _ => Networking::default(),
        };
        let redirect = networking.transparent_proxying.as_ref().and_then(|transparent| {
            let (inbound, outbound) = (port(transparent.redirect_port_inbound)?, port(transparent.redirect_port_outbound)?);
            Some(RedirectPorts { inbound, outbound })
        });
        Ok(Self {
            labels: resource.labels.clone(),
            inbounds: inbounds(&networking, redirect.is_some()),
            reaches: reaches(&networking, redirect.is_some()),
            redirect,
        })
    }

    pub(super) fn label(&self, label: &str) -> &str {
        self.labels.get(label).map_or("", String::as_str)
    }

    /// Where services look for it.
    pub(super) fn spots(&self, name: &ResourceName) -> BTreeSet<Spot> {
        let labels = self.labels.iter().map(|(label, value)| Spot::Label(label.clone(), value.clone()));
        let tags = self.inbounds.iter().flat_map(|inbound| &inbound.tags).map(|(tag, value)| Spot::Tag(tag.clone(), value.clone()));
        [Spot::Everywhere, Spot::Named(name.clone())].into_iter().chain(labels).chain(tags).collect()
    }

    /// Where its workload finds a port of a service: `None`: nowhere. Empty: by its virtual IP, which it does not have yet.
    pub(super) fn finds(&self, here: &ZoneName, service: &Service, vip: Option<Ipv4Addr>, number: u16) -> Option<BTreeSet<SocketAddr>> {
        let by_vip = || vip.map(|vip| SocketAddr::new(vip.into(), number)).into_iter().collect();
        match &self.reaches {
            Reaches::All => Some(by_vip()),
            Reaches::These(refs) => refs.iter().any(|backend| self.means(here, backend, service, number)).then(by_vip),
            Reaches::Ports(ports) => {
                let meant = ports.iter().filter(|(_, backend)| self.means(here, backend, service, number));
                let at: BTreeSet<SocketAddr> = meant.map(|(at, _)| *at).collect();
                (!at.is_empty()).then_some(at)
            }
        }
    }

    /// Whether its workload finds any port of a service.
    pub(super) fn finds_any(&self, here: &ZoneName, service: &Service) -> bool {
        service.ports.iter().any(|port| self.finds(here, service, None, port.number).is_some())
    }

    /// Whether a reference of its own means this port of a service. Names are looked up in its own zone and namespace.
    fn means(&self, here: &ZoneName, backend: &BackendRef, service: &Service, number: u16) -> bool {
        let is_it = if backend.labels.is_empty() {
            let namespace = if backend.namespace.is_empty() { self.label(labels::NAMESPACE) } else { &backend.namespace };
            let at_home = service.id.zone.as_ref().is_none_or(|zone| zone == here)
                && service.id.namespace.as_deref().unwrap_or_default() == namespace;
            at_home && service.id.name == backend.name
        } else {
            service.carries(&backend.labels)
        };
        is_it && backend.kind == service.id.kind.as_str() && (backend.port == 0 || backend.port == u32::from(number))
    }
}

fn inbounds(networking: &Networking, is_transparent: bool) -> Vec<ProxyInbound> {
    let gateway = networking.gateway.as_ref().filter(|gateway| gateway.gateway_type.is(&GatewayType::Delegated));
    if gateway.is_some() {
        return Vec::new();
    }
    let read = |inbound: &model::Inbound| {
        let text = if inbound.address.is_empty() { &networking.address } else { &inbound.address };
        let (address, listens): (IpAddr, u16) = (text.parse().ok()?, port(inbound.port)?);
        let at_home = if is_transparent { address } else { Ipv4Addr::LOCALHOST.into() };
        let service = if inbound.service_address.is_empty() { at_home } else { inbound.service_address.parse().ok()? };
        (!inbound.is_ignored()).then(|| ProxyInbound {
            section: inbound.section_name(),
            name: inbound.name.clone(),
            listens: SocketAddr::new(address, listens),
            at: (text.clone(), inbound.port),
            workload: SocketAddr::new(service, port(inbound.service_port).unwrap_or(listens)),
            protocol: inbound.spoken().map(Protocol::of).unwrap_or_default(),
            tags: inbound.tags.clone(),
            is_ready: inbound.is_ready(),
            is_heard: true,
        })
    };
    let mut inbounds: Vec<ProxyInbound> = networking.inbound.iter().filter_map(read).collect();
    let mut listening: BTreeMap<SocketAddr, usize> = BTreeMap::new();
    for (index, inbound) in inbounds.iter().enumerate() {
        let first = listening.entry(inbound.listens).or_insert(index);
        if inbound.protocol.has_requests() && !inbounds[*first].protocol.has_requests() {
            *first = index;
        }
    }
    let mut sections = BTreeSet::new();
    for (index, inbound) in inbounds.iter_mut().enumerate() {
        inbound.is_heard = listening.get(&inbound.listens) == Some(&index);
        // One port of two addresses, say.
        if inbound.is_heard && !sections.insert(inbound.section.clone()) {
            inbound.section = format!("{}-{}", inbound.listens.ip(), inbound.listens.port());
            sections.insert(inbound.section.clone());
        }
    }
    let named: BTreeMap<SocketAddr, String> = listening.into_iter().map(|(at, index)| (at, inbounds[index].section.clone())).collect();
    inbounds.iter_mut().for_each(|inbound| inbound.section.clone_from(&named[&inbound.listens]));
    inbounds
}

fn reaches(networking: &Networking, is_transparent: bool) -> Reaches {
    if is_transparent {
        let named = networking.transparent_proxying.as_ref().and_then(|transparent| transparent.reachable_backends.as_ref());
        return named.map_or(Reaches::All, |backends| Reaches::These(backends.refs.clone()));
    }
    let ports = networking.outbound.iter().filter_map(|outbound| {
        let address = if outbound.address.is_empty() { Ipv4Addr::LOCALHOST.into() } else { outbound.address.parse().ok()? };
        Some((SocketAddr::new(address, port(outbound.port)?), outbound.backend_ref.clone()?))
    });
    Reaches::Ports(ports.collect())
}

/// A port that can be connected to.
pub(super) fn port(number: u32) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number != 0)
}
