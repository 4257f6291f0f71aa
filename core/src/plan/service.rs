//! A service as plans need it, read once.
use super::{
    Destination, Endpoint, Protocol,
    away::Away,
    proxy::{Proxy, ProxyInbound, Spot, port},
    server_names,
};
use crate::{
    names::ServiceId,
    resource::{
        Kri, Resource, ResourceName, ZoneName, labels,
        model::{self, Model, ProxySelector, TargetPort, Violation},
    },
};
use std::collections::BTreeMap;

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    /// As policies look for it.
    pub(super) kri: Kri,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) ports: Vec<ServicePort>,
    pub(super) served: Served,
}

/// Who serves a service.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Served {
    /// Proxies of this zone.
    Here(Selects),
    /// Proxies of another one.
    Away(Away),
    /// Those who serve services with these labels, in whatever zone.
    ByServices(BTreeMap<String, String>),
    /// Nobody.
    ByNobody,
}

/// How an inbound that a service selects stands to a port of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serving {
    /// It serves it.
    Yes,
    /// It would, and takes no traffic.
    NotReady,
    /// It is not the port that the service means.
    OtherPort,
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServicePort {
    pub(super) section: String,
    pub(super) number: u16,
    pub(super) protocol: Protocol,
    target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Number(u16),
    Name(String),
}

/// Which proxies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selects {
    Named(ResourceName),
    Labels(BTreeMap<String, String>),
    Tags(BTreeMap<String, String>),
}

impl Service {
    /// Reads a service; `None` if the resource describes none.
    ///
    /// # Errors
    /// Where it has another form.
    pub(super) fn of(resource: &Resource, here: &ZoneName) -> Result<Option<Self>, Vec<Violation>> {
        let Some(id) = ServiceId::of(resource, here) else { return Ok(None) };
        let value = resource.spec.value().ok_or_else(|| vec![(String::new(), "cannot be decoded".to_owned())])?;
        let (served, ports) = match model::parse(resource.kind(), value)? {
            Some(Model::MeshService(written)) if id.zone.as_ref() == Some(here) => {
                let selects = written.selector.as_ref().and_then(Selects::of);
                (selects.map_or(Served::ByNobody, Served::Here), written.ports)
            }
            Some(Model::MeshService(written)) => (Served::Away(Away::of(&written)), written.ports),
            Some(Model::MeshMultiZoneService(written)) => {
                let wanted = written.selector.and_then(|selector| selector.mesh_service?.match_labels);
                (wanted.filter(|wanted| !wanted.is_empty()).map_or(Served::ByNobody, Served::ByServices), written.ports)
            }
            _ => return Ok(None),
        };
        let mut ports = ports_of(ports.unwrap_or_default());
        // What nobody can ask for Envoy would refuse, and all else of its cluster with it.
        ports.retain(|port| server_names::fits(&Destination { service: id.clone(), port: port.section.clone() }));
        Ok(Some(Self { kri: Kri::of(resource), labels: resource.labels.clone(), ports, served, id }))
    }

    /// Whether it is a service of this zone.
    pub(super) fn is_here(&self, here: &ZoneName) -> bool {
        self.id.zone.as_ref() == Some(here)
    }

    /// Whether it carries all of these labels. Its author's name for it and its zone count as labels, wherever its resource lies.
    pub(super) fn carries(&self, wanted: &BTreeMap<String, String>) -> bool {
        wanted.iter().all(|(label, value)| match (label.as_str(), &self.id.zone) {
            (labels::DISPLAY_NAME, _) => self.id.name == *value,
            (labels::ZONE, Some(zone)) => zone.as_str() == value,
            _ => self.labels.get(label) == Some(value),
        })
    }

    pub(super) fn port(&self, section: &str) -> Option<&ServicePort> {
        self.ports.iter().find(|port| port.section == section)
    }

    /// Where proxies may serve it; nowhere, if none does.
    pub(super) fn spot(&self) -> Option<Spot> {
        let first = |map: &BTreeMap<String, String>| {
            // The tag that tells most services apart.
            let best = map.get_key_value(model::SERVICE_TAG).or_else(|| map.first_key_value());
            best.map(|(name, value)| (name.clone(), value.clone()))
        };
        let Served::Here(selects) = &self.served else { return None };
        Some(match selects {
            Selects::Named(name) => Spot::Named(name.clone()),
            Selects::Labels(labels) => first(labels).map_or(Spot::Everywhere, |(label, value)| Spot::Label(label, value)),
            Selects::Tags(tags) => first(tags).map_or(Spot::Everywhere, |(tag, value)| Spot::Tag(tag, value)),
        })
    }

    /// Where a proxy serves a port, if it does.
    pub(super) fn endpoints<'a>(
        &'a self,
        port: &'a ServicePort,
        name: &ResourceName,
        proxy: &'a Proxy,
    ) -> impl Iterator<Item = Endpoint> + 'a {
        let serving = self.serving(port, name, proxy).filter(|(_, serving)| *serving == Serving::Yes);
        serving.map(|(inbound, _)| Endpoint { priority: 0, address: inbound.listens.ip(), port: inbound.listens.port() })
    }

    /// How the inbounds of a proxy stand to a port, of those that the service selects.
    pub(super) fn serving<'a>(
        &'a self,
        port: &'a ServicePort,
        name: &ResourceName,
        proxy: &'a Proxy,
    ) -> impl Iterator<Item = (&'a ProxyInbound, Serving)> + 'a {
        let is_selected = match &self.served {
            Served::Here(Selects::Named(wanted)) => wanted == name,
            Served::Here(Selects::Labels(wanted)) => all_of(wanted, &proxy.labels),
            Served::Here(Selects::Tags(_)) => true,
            Served::Away(_) | Served::ByServices(_) | Served::ByNobody => false,
        };
        let carries = |inbound: &&ProxyInbound| {
            if let Served::Here(Selects::Tags(wanted)) = &self.served { all_of(wanted, &inbound.tags) } else { true }
        };
        let inbounds = proxy.inbounds.iter().filter(move |_| is_selected).filter(carries);
        inbounds.map(|inbound| {
            let serving = match (port.target.is(inbound), inbound.is_ready) {
                (false, _) => Serving::OtherPort,
                (true, false) => Serving::NotReady,
                (true, true) => Serving::Yes,
            };
            (inbound, serving)
        })
    }
}

fn all_of(wanted: &BTreeMap<String, String>, carried: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(name, value)| carried.get(name) == Some(value))
}

/// Of two ports with one name the first counts.
fn ports_of(written: Vec<model::ServicePort>) -> Vec<ServicePort> {
    let mut ports: Vec<ServicePort> = Vec::new();
    for one in written {
        let Some(number) = u32::try_from(one.port).ok().and_then(port) else { continue };
        let section = one.name.filter(|name| !name.is_empty()).unwrap_or_else(|| number.to_string());
        let target = match one.target_port {
            Some(TargetPort::Name(name)) => Target::Name(name),
            Some(TargetPort::Number(target)) => Target::Number(u32::try_from(target).ok().and_then(port).unwrap_or(number)),
            None => Target::Number(number),
        };
        let protocol = one.app_protocol.as_deref().map(Protocol::of).unwrap_or_default();
        if ports.iter().all(|port| port.section != section) {
            ports.push(ServicePort { section, number, protocol, target });
        }
    }
    ports
}

impl Target {
    fn is(&self, inbound: &ProxyInbound) -> bool {
        match self {
            Self::Number(number) => inbound.listens.port() == *number,
            Self::Name(name) => inbound.name == *name,
        }
    }
}

impl Selects {
    /// Whom a selector selects; an empty set of labels is everyone, as in Kuma.
    fn of(selector: &ProxySelector) -> Option<Self> {
        if let Some(tags) = &selector.dataplane_tags {
            return Some(Self::Tags(tags.clone()));
        }
        if let Some(proxy) = &selector.dataplane_ref {
            return ResourceName::new(&proxy.name).ok().map(Self::Named);
        }
        selector.dataplane_labels.as_ref().map(|labels| Self::Labels(labels.match_labels.clone().unwrap_or_default()))
    }
}
