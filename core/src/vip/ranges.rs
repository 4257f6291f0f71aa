//! Which kind of services gets its addresses from where.
use super::VipRange;
use crate::resource::Kind;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// From where a zone gives addresses to its services. Ranges may overlap, and may be others after a restart: no two services have one address in
/// any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VipRanges {
    /// To each `MeshService`.
    pub mesh_service: VipRange,
    /// To each `MeshMultiZoneService`.
    pub mesh_multi_zone_service: VipRange,
}

impl VipRanges {
    /// That for services of this kind.
    pub fn of(&self, kind: &Kind) -> VipRange {
        if *kind == Kind::mesh_multi_zone_service() { self.mesh_multi_zone_service } else { self.mesh_service }
    }

    /// Whether an address lies in one of them.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        self.mesh_service.contains(address) || self.mesh_multi_zone_service.contains(address)
    }
}

impl Default for VipRanges {
    /// Kuma's.
    fn default() -> Self {
        Self { mesh_service: VipRange::MESH_SERVICE, mesh_multi_zone_service: VipRange::MESH_MULTI_ZONE_SERVICE }
    }
}

impl From<VipRange> for VipRanges {
    /// This one for a `MeshService`, and Kuma's for others.
    fn from(mesh_service: VipRange) -> Self {
        Self { mesh_service, ..Self::default() }
    }
}
