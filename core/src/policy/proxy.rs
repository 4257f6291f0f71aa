//! A proxy as matching needs it.
use super::place::Place;
use crate::resource::{
    Kri, Origin as Side, Resource, labels,
    model::{self, GatewayType, Model, Violation},
};
use std::collections::{BTreeMap, BTreeSet};

/// A proxy.
#[derive(Debug, PartialEq)]
pub(super) struct Proxy {
    pub(super) kri: Kri,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) side: Option<Side>,
    pub(super) gateway: Option<Gateway>,
    pub(super) inbounds: Vec<Inbound>,
    /// Ports for the traffic of other zones.
    pub(super) listeners: Vec<Inbound>,
}

/// A gateway.
#[derive(Debug, PartialEq)]
pub(super) enum Gateway {
    /// One that brings its own software.
    Delegated(BTreeMap<String, String>),
    /// One that the mesh configures.
    Builtin,
}

/// Where a proxy takes traffic.
#[derive(Debug, PartialEq)]
pub(super) struct Inbound {
    pub(super) at: InboundAddress,
    /// Its name, or its port: what `sectionName` says.
    pub(super) section: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// An address and a port.
pub(super) type InboundAddress = (String, u32);

impl Proxy {
    /// Reads a `Dataplane`.
    ///
    /// # Errors
    /// Where it has another form.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        let value = resource.spec.value().ok_or_else(|| vec![(String::new(), "cannot be decoded".to_owned())])?;
        let networking = match model::parse(resource.kind(), value)? {
            Some(Model::Dataplane(dataplane)) => dataplane.networking,
            _ => None,
        }
        .unwrap_or_default();
        let section = |name: String, port: u32| if name.is_empty() { port.to_string() } else { name };
        let at = |address: String, port| (if address.is_empty() { networking.address.clone() } else { address }, port);
        Ok(Self {
            kri: Kri::of(resource),
            labels: resource.labels.clone(),
            side: resource.origin(),
            gateway: networking.gateway.clone().map(|gateway| {
                if gateway.gateway_type.is(&GatewayType::Builtin) { Gateway::Builtin } else { Gateway::Delegated(gateway.tags) }
            }),
            inbounds: networking
                .inbound
                .iter()
                .cloned()
                .map(|inbound| Inbound {
                    at: at(inbound.address, inbound.port),
                    section: section(inbound.name, inbound.port),
                    tags: inbound.tags,
                })
                .collect(),
            listeners: networking
                .listeners
                .iter()
                .cloned()
                .map(|listener| Inbound {
                    at: at(listener.address, listener.port),
                    section: section(listener.name, listener.port),
                    tags: BTreeMap::new(),
                })
                .collect(),
        })
    }

    pub(super) fn label(&self, label: &str) -> &str {
        self.labels.get(label).map_or("", String::as_str)
    }

    pub(super) fn zone(&self) -> &str {
        self.label(labels::ZONE)
    }

    /// Where policies look for it.
    pub(super) fn places(&self) -> BTreeSet<Place> {
        let of_gateway = match &self.gateway {
            Some(Gateway::Delegated(tags)) => Some(tags),
            _ => None,
        };
        let tags = self.inbounds.iter().map(|inbound| &inbound.tags).chain(of_gateway).flatten();
        [Place::Mesh, Place::Named(self.kri.clone())]
            .into_iter()
            .chain(self.labels.iter().map(|(label, value)| Place::Label(label.clone(), value.clone())))
            .chain(tags.flat_map(|(tag, value)| [Place::Tag(tag.clone(), value.clone()), Place::HasTag(tag.clone())]))
            .collect()
    }
}
