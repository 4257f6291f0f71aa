//! Under which path the resources of a kind are found, as in Kuma 2.14.
use strait_core::resource::{KNOWN_KINDS, Kind};

/// Paths that do not follow from the kind: those of Kuma's older kinds.
const OTHERS: &[(&str, &str)] = &[
    ("CircuitBreaker", "circuit-breakers"),
    ("DataplaneInsight", "dataplane-insights"),
    ("ExternalService", "external-services"),
    ("FaultInjection", "fault-injections"),
    ("GlobalSecret", "global-secrets"),
    ("HealthCheck", "health-checks"),
    // Not served by Kuma; its name would collide with nothing.
    ("MeshZones", "meshzones"),
    ("RateLimit", "rate-limits"),
    ("ServiceInsight", "service-insights"),
    ("TrafficLog", "traffic-logs"),
    ("TrafficPermission", "traffic-permissions"),
    ("TrafficRoute", "traffic-routes"),
    ("TrafficTrace", "traffic-traces"),
    ("VirtualOutbound", "virtual-outbounds"),
    ("ZoneIngressInsight", "zone-ingress-insights"),
];

/// The path of a kind: `meshtimeouts`, `meshretries`, `meshes`.
pub fn path_of(kind: &Kind) -> String {
    if let Some((_, path)) = OTHERS.iter().find(|(name, _)| *name == kind.as_str()) {
        return (*path).to_owned();
    }
    let lower = kind.as_str().to_ascii_lowercase();
    match lower.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with('s') || lower.ends_with("sh") => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}

/// The kind of a path.
pub(super) fn kind_at(path: &str) -> Option<Kind> {
    // Kuma's other name for it.
    let path = if path == "zone-ingresses" { "zoneingresses" } else { path };
    KNOWN_KINDS.iter().filter_map(|facts| Kind::new(facts.name).ok()).find(|kind| path_of(kind) == path)
}
