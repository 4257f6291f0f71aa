//! Kuma's resource identifiers (KRI): what identifies a resource wherever it lies.
use super::{Kind, MeshName, Resource, labels};
use std::fmt;

/// Which resource, the same on the control plane that owns it and on all that hold a copy: what its author called it, in which zone and
/// namespace, instead of what it is called in a store.
///
/// Written `kri_SHORT_MESH_ZONE_NAMESPACE_NAME_SECTION`, as Kuma 2.14 does; parts that do not apply stay empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kri {
    /// Its kind.
    pub kind: Kind,
    /// Its mesh; `None` for a kind that belongs to none, `Mesh` itself among them.
    pub mesh: Option<MeshName>,
    /// The zone that made it; empty: global, or nobody said.
    pub zone: String,
    /// The Kubernetes namespace it came from; empty: none.
    pub namespace: String,
    /// What its author calls it.
    pub name: String,
}

impl Kri {
    /// That of a resource, by its labels.
    pub fn of(resource: &Resource) -> Self {
        let label = |label: &str| resource.labels.get(label).cloned().unwrap_or_default();
        Self {
            kind: resource.kind().clone(),
            mesh: resource.mesh().cloned(),
            zone: label(labels::ZONE),
            namespace: label(labels::NAMESPACE),
            name: resource.display_name().to_owned(),
        }
    }

    /// As Kuma writes it, with one port or inbound of the resource; empty: all of it.
    pub fn section(&self, section: &str) -> String {
        format!("{self}{section}")
    }
}

impl fmt::Display for Kri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mesh = self.mesh.as_ref().map_or("", MeshName::as_str);
        write!(f, "kri_{}_{mesh}_{}_{}_{}_", short(&self.kind), self.zone, self.namespace, self.name)
    }
}

/// Kuma's short names; a kind without one is written out.
fn short(kind: &Kind) -> &str {
    match kind.as_str() {
        "Mesh" => "m",
        "Dataplane" => "dp",
        "Zone" => "z",
        "ZoneIngress" => "zi",
        "ZoneEgress" => "ze",
        "HostnameGenerator" => "hg",
        "Workload" => "wl",
        "MeshAccessLog" => "mal",
        "MeshCircuitBreaker" => "mcb",
        "MeshExternalService" => "extsvc",
        "MeshFaultInjection" => "mfi",
        "MeshGateway" => "mgw",
        "MeshHTTPRoute" => "mhttpr",
        "MeshHealthCheck" => "mhc",
        "MeshIdentity" => "mid",
        "MeshLoadBalancingStrategy" => "mlbs",
        "MeshMetric" => "mm",
        "MeshMultiZoneService" => "mzsvc",
        "MeshOpenTelemetryBackend" => "motb",
        "MeshPassthrough" => "mp",
        "MeshProxyPatch" => "mpp",
        "MeshRateLimit" => "mrl",
        "MeshRetry" => "mr",
        "MeshService" => "msvc",
        "MeshTCPRoute" => "mtcpr",
        "MeshTLS" => "mtls",
        "MeshTimeout" => "mt",
        "MeshTrace" => "mtr",
        "MeshTrafficPermission" => "mtp",
        "MeshTrust" => "mtrust",
        "MeshZoneAddress" => "mza",
        other => other,
    }
}
