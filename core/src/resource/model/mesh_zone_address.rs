//! `MeshZoneAddress`: where other zones reach the services of a mesh in one zone (from Kuma 2.14 on).
use super::{
    address::{check_address, check_port},
    field::{self, Unknown},
    path::{Path, Violations},
};
use serde::{Deserialize, Serialize};

/// The spec of a `MeshZoneAddress`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshZoneAddress {
    /// An IP address or a host name.
    #[serde(deserialize_with = "field::or_default")]
    pub address: String,
    /// Its port.
    #[serde(deserialize_with = "field::uint")]
    pub port: u32,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl MeshZoneAddress {
    pub(super) fn check(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        check_address(&self.address, &spec, found);
        check_port(self.port, &spec.field("port"), found);
    }
}
