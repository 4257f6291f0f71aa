//! What a node may do and keep at most: what its operator can set.
use strait_core::{
    node::{GlobalConfig, REMEMBERED_REMOVALS, SNAPSHOTS, ZoneConfig},
    vip::VipRange,
};

/// The limits of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many removals it remembers at least.
    pub remembered_removals: usize,
    /// To how many zones everything is sent at a time, if it is global.
    pub snapshots: usize,
    /// From where services get their addresses, if it is a zone.
    pub vips: VipRange,
}

impl Limits {
    /// The configuration of a global that has these.
    pub fn global(self) -> GlobalConfig {
        GlobalConfig { remembered_removals: self.remembered_removals, snapshots: self.snapshots, ..GlobalConfig::new() }
    }

    /// A zone's configuration, with these.
    pub fn zone(self, config: ZoneConfig) -> ZoneConfig {
        ZoneConfig { remembered_removals: self.remembered_removals, vips: self.vips.into(), ..config }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { remembered_removals: REMEMBERED_REMOVALS, snapshots: SNAPSHOTS, vips: VipRange::MESH_SERVICE }
    }
}
