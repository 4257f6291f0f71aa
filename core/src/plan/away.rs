//! What is in another zone, and how it is reached: through an ingress of that zone, by the name of the service (SNI), and encrypted from end
//! to end. The zone says where its ingresses are (`MeshZoneAddress`; Kuma 2.14 by `ZoneIngress`), and of each service who those are who serve it, by whom a client knows that
//! it speaks with the right one. Nothing else of a zone is known elsewhere: not its proxies, nor how many there are.
use super::{Endpoint, proxy::port};
use crate::resource::{
    Resource, ZoneName,
    model::{self, MeshService, Model, Violation},
};
use std::collections::BTreeSet;

/// The type of an identity of a service that is a SPIFFE ID (Kuma's `spec.identities[].type`).
pub(crate) const SPIFFE_ID: &str = "SpiffeID";

/// The priority of those in other zones, where some serve the same in this one.
pub(super) const NEXT: u8 = 1;

/// How a service of another zone is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Away {
    /// The SPIFFE IDs of those who serve it, as its zone says. Empty: it cannot be reached from here.
    pub(super) servers: BTreeSet<String>,
}

impl Away {
    pub(super) fn of(service: &MeshService) -> Self {
        let identities = service.identities.iter().flatten();
        let servers = identities.filter(|one| one.identity_type == SPIFFE_ID && !one.value.is_empty()).map(|one| one.value.clone());
        Self { servers: servers.collect() }
    }
}

/// By which server names those behind a way are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// [`super::Destination::sni`].
    ByName,
    /// As an ingress of Kuma 2.14 is asked, which lets clients of all meshes in (`older_names`).
    AsBefore,
}

/// A way into another zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) zone: ZoneName,
    pub(super) to: Endpoint,
    pub(super) asked: Asked,
}

impl Way {
    /// Reads a `MeshZoneAddress`; `None`: it is this zone's own.
    ///
    /// # Errors
    /// It has another form, or its address is a host name: nothing here asks a resolver.
    pub(super) fn of(resource: &Resource, here: &ZoneName) -> Result<Option<Self>, Vec<Violation>> {
        let Some(zone) = resource.zone().filter(|zone| zone != here) else { return Ok(None) };
        Ok(Self::written(resource)?.map(|to| Self { zone, to, asked: Asked::ByName }))
    }

    /// Reads the `ZoneIngress` of another zone, by which Kuma 2.14 says where it is entered; `None`: it does not say so, or not yet, or not by an IP
    /// address.
    pub(super) fn of_ingress(resource: &Resource, here: &ZoneName) -> Option<Self> {
        let zone = resource.zone().filter(|zone| zone != here)?;
        let Some(Model::ZoneIngress(written)) = model::parse(resource.kind(), resource.spec.value()?).ok()? else { return None };
        let networking = written.networking?;
        let (address, port) = (networking.advertised_address.parse().ok()?, port(networking.advertised_port)?);
        Some(Self { zone, to: Endpoint { priority: 0, address, port }, asked: Asked::AsBefore })
    }

    /// Where a `MeshZoneAddress` leads, whose ever it is.
    ///
    /// # Errors
    /// As of [`Way::of`].
    pub(super) fn written(resource: &Resource) -> Result<Option<Endpoint>, Vec<Violation>> {
        let value = resource.spec.value().ok_or_else(|| vec![("spec".to_owned(), "cannot be decoded".to_owned())])?;
        let Some(Model::MeshZoneAddress(written)) = model::parse(resource.kind(), value)? else { return Ok(None) };
        let wrong = |field: &str, why: &str| vec![(format!("spec.{field}"), why.to_owned())];
        let address = written.address.parse().map_err(|_| wrong("address", "must be an IP address: host names are not resolved yet"))?;
        let port = port(written.port).ok_or_else(|| wrong("port", "must be between 1 and 65535"))?;
        Ok(Some(Endpoint { priority: 0, address, port }))
    }
}
