//! What a node may do and keep at most: what its operator can set.
use strait_core::node::{GlobalConfig, REMEMBERED_REMOVALS, SNAPSHOTS, ZoneConfig};

/// The limits of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many removals it remembers at least.
    pub remembered_removals: usize,
    /// To how many zones everything is sent at a time, if it is global.
    pub snapshots: usize,
}

impl Limits {
    /// The configuration of a global that has these.
    pub fn global(self) -> GlobalConfig {
        GlobalConfig { remembered_removals: self.remembered_removals, snapshots: self.snapshots, ..GlobalConfig::new() }
    }

    /// A zone's configuration, with these.
    pub fn zone(self, config: ZoneConfig) -> ZoneConfig {
        ZoneConfig { remembered_removals: self.remembered_removals, ..config }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { remembered_removals: REMEMBERED_REMOVALS, snapshots: SNAPSHOTS }
    }
}
