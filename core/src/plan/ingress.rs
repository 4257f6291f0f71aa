//! What other zones reach through the proxies that let them in (`ZoneIngress`). An ingress belongs to no mesh and lets clients of all meshes in,
//! by the server names that they ask for, to those who serve these names in its own zone and prove who they are. It has no certificate: it cannot
//! read what goes through it.
use super::{Entrance, Part, PartName, Passage, Touched, mesh::Mesh, proxy::port};
use crate::resource::{
    Key, Kind, MeshName, Resource, ResourceName, ZoneName,
    model::{self, Model, Violation},
};
use std::{collections::BTreeMap, net::SocketAddr};

/// An ingress of this zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ingress {
    listens: SocketAddr,
}

impl Ingress {
    /// Reads a `ZoneIngress`; `None`: it is another zone's.
    ///
    /// # Errors
    /// It has another form, or does not say where it listens.
    pub(super) fn of(resource: &Resource, here: &ZoneName) -> Result<Option<Self>, Vec<Violation>> {
        if resource.zone().is_some_and(|zone| zone != *here) {
            return Ok(None);
        }
        let value = resource.spec.value().ok_or_else(|| vec![(String::new(), "cannot be decoded".to_owned())])?;
        let Some(Model::ZoneIngress(written)) = model::parse(resource.kind(), value)? else { return Ok(None) };
        let networking = written.networking.unwrap_or_default();
        let wrong = |field: &str, why: &str| vec![(format!("networking.{field}"), why.to_owned())];
        let address = networking.address.parse().map_err(|_| wrong("address", "must be an IP address"))?;
        let port = port(networking.port).ok_or_else(|| wrong("port", "must be between 1 and 65535"))?;
        Ok(Some(Self { listens: SocketAddr::new(address, port) }))
    }

    pub(super) fn key(name: &ResourceName) -> Key {
        Key { kind: Kind::zone_ingress(), mesh: None, name: name.clone() }
    }

    /// Of the parts of its plan that were touched those that there are.
    pub(super) fn parts(&self, here: &ZoneName, meshes: &BTreeMap<MeshName, Mesh>, touched: &Touched) -> BTreeMap<PartName, Part> {
        let mut parts = Vec::new();
        if touched.entrance {
            parts.push(Part::Entrance(Entrance { listens: self.listens }));
        }
        for mesh in meshes.values().filter(|mesh| mesh.settings.is_some()) {
            // Who cannot prove who he is serves nobody who cannot see him.
            let own = mesh
                .served(touched)
                .filter(|(of, _)| of.service.zone.as_ref().is_none_or(|zone| zone == here) && mesh.servers(of).is_some())
                .filter(|(of, _)| !mesh.is_ambiguous(of));
            for (destination, _) in own {
                // Nobody is sent on to a third zone.
                let Some((service, port)) = mesh.destination(destination) else { continue };
                let Some(to) = mesh.endpoints_here(service, destination) else { continue };
                let is_union_of_others = destination.service.zone.is_none() && to.endpoints.is_empty();
                if !is_union_of_others {
                    parts.push(Part::Passage(Passage { server_names: mesh.server_names(destination, port.number), to }));
                }
            }
        }
        parts.into_iter().map(|part| (part.name(), part)).collect()
    }
}
