//! What is in another zone, and how it is reached: through an ingress of that zone, by the name of the service (SNI), and encrypted from end
//! to end. The zone says where its ingresses are (`MeshZoneAddress`), and of each service who those are who serve it, by whom a client knows that
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

/// A way into another zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) zone: ZoneName,
    pub(super) to: Endpoint,
}

impl Way {
    /// Reads a `MeshZoneAddress`; `None`: it is this zone's own.
    ///
    /// # Errors
    /// It has another form, or its address is a host name: nothing here asks a resolver.
    pub(super) fn of(resource: &Resource, here: &ZoneName) -> Result<Option<Self>, Vec<Violation>> {
        let Some(zone) = resource.zone().filter(|zone| zone != here) else { return Ok(None) };
        Ok(Self::written(resource)?.map(|to| Self { zone, to }))
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
