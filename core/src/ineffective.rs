//! What of a resource does nothing for the traffic here, why, and what does the same: for who brings a mesh along from Kuma 2.14, and for who wrote
//! something that is not there yet.
//!
//! A pure function of one resource, so that it is known again with each version of it, and costs nothing for any other. It says nothing of kinds
//! that it does not know.
use crate::{
    plan,
    policy::{self, PolicyKind},
    resource::{
        Key, Resource,
        model::{self, Mesh, MeshServicesMode, MeshTrafficPermission, Model, OrNumber},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ineffective {
    /// Which field; `type`: all of it.
    pub field: String,
    /// Why.
    pub why: String,
    /// What does the same here; `None`: to mend the field does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// Kinds that Kuma 3.0 takes away, and what takes their place.
const LEGACY: &[(&str, &str)] = &[
    ("CircuitBreaker", "a MeshCircuitBreaker, once there is one here"),
    ("ExternalService", "a MeshExternalService, once there is one here"),
    ("FaultInjection", "a MeshFaultInjection, once there is one here"),
    ("HealthCheck", "a MeshHealthCheck"),
    ("MeshGateway", "a proxy with `networking.gateway.type: DELEGATED` beside a gateway of one's own"),
    ("MeshGatewayRoute", "a MeshHTTPRoute"),
    ("ProxyTemplate", "a MeshProxyPatch, once there is one here"),
    ("RateLimit", "a MeshRateLimit, once there is one here"),
    ("Retry", "a MeshRetry"),
    ("Timeout", "a MeshTimeout"),
    ("TrafficLog", "a MeshAccessLog, once there is one here"),
    ("TrafficPermission", "a MeshTrafficPermission with `rules`, and a MeshIdentity"),
    ("TrafficRoute", "a MeshHTTPRoute"),
    ("TrafficTrace", "a MeshTrace, once there is one here"),
    ("VirtualOutbound", "a HostnameGenerator"),
];

/// Kinds of Kuma 3.0 that proxies are not told yet.
const NOT_YET: &[&str] = &[
    "MeshAccessLog",
    "MeshCircuitBreaker",
    "MeshExternalService",
    "MeshFaultInjection",
    "MeshLoadBalancingStrategy",
    "MeshMetric",
    "MeshPassthrough",
    "MeshProxyPatch",
    "MeshRateLimit",
    "MeshTCPRoute",
    "MeshTLS",
    "MeshTrace",
];

/// What of it does nothing here; empty: all of it does, or it is no matter of traffic.
pub fn ineffective(resource: &Resource) -> Vec<Ineffective> {
    let kind = resource.kind().as_str();
    if let Some((_, instead)) = LEGACY.iter().find(|(legacy, _)| *legacy == kind) {
        return vec![said("type", "it is of the time before policies with a `targetRef`, and proxies are not told it", instead)];
    }
    if NOT_YET.contains(&kind) {
        return vec![Ineffective { field: "type".to_owned(), why: "proxies are not told this kind yet".to_owned(), instead: None }];
    }
    // A MeshTimeout that is taken can be read, and there may be many: their specs stay text until a proxy needs them.
    let wrong = match (kind, PolicyKind::named(kind)) {
        ("MeshHealthCheck" | "MeshHTTPRoute" | "MeshRetry" | "MeshTrafficPermission", Some(kind)) => policy::unreadable(resource, kind),
        ("MeshIdentity" | "MeshTrust" | "MeshZoneAddress", _) => plan::unreadable(resource),
        ("MeshService" | "MeshMultiZoneService", _) => plan::too_long(resource),
        _ => Vec::new(),
    };
    let mut found: Vec<Ineffective> = wrong.into_iter().map(|(field, why)| Ineffective { field, why, instead: None }).collect();
    if matches!(kind, "Mesh" | "MeshTrafficPermission") {
        let parsed = resource.spec.value().map(|value| model::parse(resource.kind(), value));
        match parsed {
            Some(Ok(Some(Model::Mesh(mesh)))) => found.extend(of_mesh(&mesh)),
            Some(Ok(Some(Model::MeshTrafficPermission(permission)))) => found.extend(of_permission(&permission)),
            _ => {}
        }
    }
    found
}

/// What of these does nothing here only because the others are there: ports of services that ingresses cannot tell apart.
pub fn ineffective_together<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> BTreeMap<Key, Vec<Ineffective>> {
    let said = |(field, why): (String, String)| said(&field, &why, "a name without dots");
    plan::ambiguous(resources).into_iter().map(|(key, wrong)| (key, wrong.into_iter().map(said).collect())).collect()
}

fn of_mesh(mesh: &Mesh) -> Vec<Ineffective> {
    let mut found = Vec::new();
    if mesh.mtls.as_ref().is_some_and(|mtls| !mtls.backends.is_empty()) {
        let why = "backends of a mesh issue no certificates here: without a MeshIdentity nobody proves who he is, and nothing is encrypted";
        found.push(said("mtls", why, "a MeshIdentity, and MeshTrafficPermissions with `rules`"));
    }
    let mode = mesh.mesh_services.as_ref().map(|services| services.mode.clone()).unwrap_or_default();
    match mode {
        OrNumber::Known(MeshServicesMode::Exclusive) => {}
        OrNumber::Known(MeshServicesMode::Disabled) => {
            let why = "what proxies say of `kuma.io/service` becomes no service: only MeshServices that are written lead anywhere";
            found.push(said("meshServices.mode", why, "`Exclusive`, with which the zone makes MeshServices of that"));
        }
        OrNumber::Known(_) | OrNumber::Number(_) => {
            let why = "outbounds and names of the tag `kuma.io/service` (`NAME.mesh`, 240.0.0.0/4) lead nowhere: only MeshServices do";
            found.push(said("meshServices.mode", why, "`Exclusive`, once clients use the names of MeshServices"));
        }
    }
    let logs = mesh.logging.as_ref().is_some_and(|logging| !logging.backends.is_empty());
    let traces = mesh.tracing.as_ref().is_some_and(|tracing| !tracing.backends.is_empty());
    let measures = mesh.metrics.as_ref().is_some_and(|metrics| !metrics.backends.is_empty());
    let backends = [("logging", logs, "a MeshAccessLog"), ("tracing", traces, "a MeshTrace"), ("metrics", measures, "a MeshMetric")];
    for (field, _, instead) in backends.into_iter().filter(|(_, is_there, _)| *is_there) {
        found.push(said(field, "backends of a mesh are told to no proxy", &format!("{instead}, once there is one here")));
    }
    if mesh.routing.as_ref().is_some_and(|routing| routing.zone_egress) {
        found.push(said("routing.zoneEgress", "there is no egress: what leaves the mesh leaves each proxy by itself", "`false`"));
    }
    found
}

fn of_permission(permission: &MeshTrafficPermission) -> Vec<Ineffective> {
    let is_there = permission.from.as_ref().is_some_and(|from| !from.is_empty());
    if !is_there {
        return Vec::new();
    }
    let why = "clients are known by their SPIFFE IDs, and not by tags: to proxies with an identity this allows nobody, and of proxies without one \
               nobody asks";
    vec![said("spec.from", why, "`rules` with `allow` and `deny` by `spiffeID`, and a MeshIdentity")]
}

fn said(field: &str, why: &str, instead: &str) -> Ineffective {
    Ineffective { field: field.to_owned(), why: why.to_owned(), instead: Some(instead.to_owned()) }
}
