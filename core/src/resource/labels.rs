//! Labels with a meaning, and the map that holds them.
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// All labels of a resource, sorted.
pub type Labels = BTreeMap<String, String>;

/// Who made a resource: `global` or `zone`.
pub const ORIGIN: &str = "kuma.io/origin";
/// The zone that made it.
pub const ZONE: &str = "kuma.io/zone";
/// The mesh it belongs to.
pub const MESH: &str = "kuma.io/mesh";
/// The name its author gave it.
pub const DISPLAY_NAME: &str = "kuma.io/display-name";
/// `kubernetes` or `universal`.
pub const ENV: &str = "kuma.io/env";
/// The Kubernetes namespace it came from.
pub const NAMESPACE: &str = "k8s.kuma.io/namespace";
/// `sidecar`, `gateway`, `zoneingress` or `zoneegress`.
pub const PROXY_TYPE: &str = "kuma.io/proxy-type";
/// `system`, `producer`, `consumer` or `workload-owner`.
pub const POLICY_ROLE: &str = "kuma.io/policy-role";
/// `shadow`: only shown, never in effect.
pub const EFFECT: &str = "kuma.io/effect";
/// Who writes it, if no user does, such as `meshservice-generator`.
pub const MANAGED_BY: &str = "kuma.io/managed-by";
/// `disabled`: stays where it is.
pub const KDS_SYNC: &str = "kuma.io/kds-sync";
/// Local to a zone; removed on the way up.
pub const DELETION_GRACE_PERIOD: &str = "kuma.io/deletion-grace-period-started-at";

/// Which side of KDS made a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Written on global.
    Global,
    /// Written in a zone.
    Zone,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "global",
            Self::Zone => "zone",
        })
    }
}
