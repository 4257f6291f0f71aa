//! `ZoneIngress`: the proxy through which other zones reach a zone (until Kuma 2.14).
use super::{
    EnvoyAdmin,
    address::{check_address, check_port, overlaps_loopback},
    field::{self, Unknown},
    path::{Path, Violations},
    tags::{self, Tags},
};
use serde::{Deserialize, Serialize};

/// The spec of a `ZoneIngress`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ZoneIngress {
    /// The zone; global sets it to the sender's.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub zone: String,
    /// Addresses and ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networking: Option<IngressNetworking>,
    /// What is reached through it.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub available_services: Vec<AvailableService>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Addresses and ports of an ingress.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct IngressNetworking {
    /// Where it listens.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub address: String,
    /// Where other zones connect: an IP address or a host name. Without it and its port they ignore this ingress.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub advertised_address: String,
    /// Where it listens.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Where other zones connect.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub advertised_port: u32,
    /// Envoy's own interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<EnvoyAdmin>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One set of tags that is reached through an ingress.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct AvailableService {
    /// The tags.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub tags: Tags,
    /// How many proxies carry them.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub instances: u32,
    /// Their mesh.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub mesh: String,
    /// It is outside of the mesh, and goes through the egress.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub external_service: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl ZoneIngress {
    pub(super) fn check(&self, found: &mut Violations) {
        let networking = self.networking.clone().unwrap_or_default();
        networking.check(&Path::Root.field("networking"), found);
        for (index, service) in self.available_services.iter().enumerate() {
            // Kuma says `availableService`, without the last letter.
            let at = Path::Root.field("availableService");
            let at = at.index(index);
            tags::check_tags(&service.tags, &at.field("tags"), found);
            tags::require_service(&service.tags, &at.field("tags"), found);
        }
    }
}

impl IngressNetworking {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        if let Some(admin) = &self.admin {
            let listens = self.port == admin.port && overlaps_loopback(&self.address);
            let is_reached = self.advertised_port == admin.port && overlaps_loopback(&self.advertised_address);
            found.add_if(listens || is_reached, &at.field("admin").field("port"), "must differ from port");
        }
        let (address, port) = (at.field("advertisedAddress"), at.field("advertisedPort"));
        found.add_if(self.advertised_address.is_empty() && self.advertised_port != 0, &address, "has to be defined with advertisedPort");
        found.add_if(self.advertised_port == 0 && !self.advertised_address.is_empty(), &port, "has to be defined with advertisedAddress");
        // Kuma says `networking.address.address`.
        if !self.address.is_empty() {
            check_address(&self.address, &at.field("address"), found);
        }
        if !self.advertised_address.is_empty() {
            check_address(&self.advertised_address, &address, found);
        }
        check_port(self.port, &at.field("port"), found);
        if self.advertised_port != 0 {
            check_port(self.advertised_port, &port, found);
        }
    }
}
