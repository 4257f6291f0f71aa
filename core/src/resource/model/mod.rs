//! Kinds whose specs we understand: typed, with the fields that we do not know kept beside the others.
//!
//! Fields are read as leniently as Kuma reads them. [`validate`] refuses nothing that Kuma 2.14.3 accepts, and speaks in its
//! words, with its oddities, so that tools that know Kuma's paths know ours.
mod address;
mod dataplane;
mod dataplane_insight;
mod field;
mod go_duration;
mod hostname_generator;
mod hostname_template;
mod mesh;
mod mesh_health_check;
mod mesh_http_route;
mod mesh_multi_zone_service;
mod mesh_retry;
mod mesh_service;
mod mesh_timeout;
mod mesh_traffic_permission;
mod mesh_zone_address;
mod mesh_zones;
mod path;
mod proxy;
mod secret;
mod spiffe;
mod tags;
mod target_ref;
mod zone;
mod zone_ingress;

pub(crate) use address::is_host_name;
pub use dataplane::{
    BackendRef, Dataplane, Gateway, GatewayType, Health, Inbound, InboundState, Listener, ListenerType, Networking, Outbound,
    ProbeEndpoint, Probes, ReachableBackends, ServiceProbe, TransparentProxying,
};
pub use dataplane_insight::{DataplaneInsight, ProxyCertificate, Subscription};
pub use field::OrNumber;
pub use go_duration::{GoDuration, GoDurationError, go_duration};
pub use hostname_generator::{Extension, HostnameGenerator, ServiceSelector};
pub use hostname_template::{HostnameTemplate, TemplateField};
pub use mesh::{
    CertificateBackend, Constraints, Logging, LoggingBackend, Mesh, MeshNetworking, MeshOutbound, MeshServices, MeshServicesMode, Metrics,
    Mtls, ProxyCertificates, ProxyConstraints, Rotation, Routing, TagRule, Tracing, TracingBackend,
};
pub(crate) use mesh_health_check::percentage;
pub use mesh_health_check::{GrpcHealthCheck, HealthCheckConf, HealthCheckItem, HttpHealthCheck, MeshHealthCheck, TcpHealthCheck};
pub use mesh_http_route::{
    HeaderModifier, MeshHttpRoute, NamedValue, PathRewrite, RequestMatch, RequestMirror, RequestRedirect, RouteBackend, RouteConf,
    RouteFilter, RouteItem, RouteRule, UrlRewrite, ValueMatch,
};
pub use mesh_multi_zone_service::{MeshMultiZoneService, UnionSelector};
pub use mesh_retry::{
    BackOff, GrpcRetry, HostSelection, HttpRetry, MeshRetry, RateLimitedBackOff, ResetHeader, RetryConf, RetryItem, RetryWord, TcpRetry,
};
pub use mesh_service::{LabelSelector, MeshService, ProxyName, ProxySelector, ServiceIdentity, ServicePort, TargetPort};
pub use mesh_timeout::{HttpTimeouts, Item, Match, MeshTimeout, Rule, TextMatch, Timeouts};
pub use mesh_traffic_permission::{Action, MeshTrafficPermission, Permission, PermissionFrom, PermissionRule};
pub use mesh_zone_address::MeshZoneAddress;
pub use mesh_zones::MeshZones;
pub use path::Violation;
pub use proxy::{EnvoyAdmin, MetricsBackend};
pub use secret::Secret;
pub(crate) use spiffe::why_not_spiffe_id;
pub(crate) use tags::{SERVICE as SERVICE_TAG, is_protocol};
pub use target_ref::TargetRef;
pub use zone::Zone;
pub use zone_ingress::{AvailableService, IngressNetworking, ZoneIngress};

use super::{Encoding, Kind, Resource};
use path::Violations;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A spec that we understand.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Model {
    /// Of a `Mesh`.
    Mesh(Box<Mesh>),
    /// Of a `Secret` or a `GlobalSecret`.
    Secret(Secret),
    /// Of a `Dataplane`.
    Dataplane(Box<Dataplane>),
    /// Of a `DataplaneInsight`.
    DataplaneInsight(DataplaneInsight),
    /// Of a `ZoneIngress`.
    ZoneIngress(ZoneIngress),
    /// Of a `MeshService`.
    MeshService(MeshService),
    /// Of a `MeshMultiZoneService`.
    MeshMultiZoneService(MeshMultiZoneService),
    /// Of a `HostnameGenerator`.
    HostnameGenerator(HostnameGenerator),
    /// Of a `MeshTimeout`.
    MeshTimeout(MeshTimeout),
    /// Of a `MeshZoneAddress`.
    MeshZoneAddress(MeshZoneAddress),
    /// Of a `MeshHTTPRoute`.
    MeshHttpRoute(MeshHttpRoute),
    /// Of a `MeshHealthCheck`.
    MeshHealthCheck(Box<MeshHealthCheck>),
    /// Of a `MeshRetry`.
    MeshRetry(MeshRetry),
    /// Of a `MeshTrafficPermission`.
    MeshTrafficPermission(MeshTrafficPermission),
    /// Of a `MeshZones`.
    MeshZones(MeshZones),
    /// Of a `Zone`.
    Zone(Zone),
}

/// Reads the decoded spec of a kind that we understand; `None` for the others.
///
/// # Errors
/// The fields that have another form than this kind's, as paths under the resource.
pub fn parse(kind: &Kind, value: &Value) -> Result<Option<Model>, Vec<Violation>> {
    let model = match kind.as_str() {
        "Mesh" => read(value).map(Box::new).map(Model::Mesh),
        "Secret" | "GlobalSecret" => read(value).map(Model::Secret),
        "Dataplane" => read(value).map(Box::new).map(Model::Dataplane),
        "DataplaneInsight" => read(value).map(Model::DataplaneInsight),
        "ZoneIngress" => read(value).map(Model::ZoneIngress),
        "MeshService" => read(value).map(Model::MeshService),
        "MeshMultiZoneService" => read(value).map(Model::MeshMultiZoneService),
        "HostnameGenerator" => read(value).map(Model::HostnameGenerator),
        "MeshTimeout" => read(value).map(Model::MeshTimeout),
        "MeshZoneAddress" => read(value).map(Model::MeshZoneAddress),
        "MeshHTTPRoute" => read(value).map(Model::MeshHttpRoute),
        "MeshHealthCheck" => read(value).map(Box::new).map(Model::MeshHealthCheck),
        "MeshRetry" => read(value).map(Model::MeshRetry),
        "MeshTrafficPermission" => read(value).map(Model::MeshTrafficPermission),
        "MeshZones" => read(value).map(Model::MeshZones),
        "Zone" => read(value).map(Model::Zone),
        _ => return Ok(None),
    };
    model.map(Some).map_err(|(path, message)| vec![(under_resource(kind, &path), message)])
}

/// What is wrong with a resource. Empty for kinds that are only relayed.
pub fn validate(resource: &Resource) -> Vec<Violation> {
    let Some(value) = resource.spec.value() else { return Vec::new() };
    let model = match parse(resource.kind(), value) {
        Ok(Some(model)) => model,
        Ok(None) => return Vec::new(),
        Err(violations) => return violations,
    };
    let mut found = Violations::default();
    match &model {
        Model::Mesh(mesh) => mesh.check(&mut found),
        Model::Secret(secret) => secret.check(&mut found),
        Model::Dataplane(dataplane) => dataplane.check(&mut found),
        Model::DataplaneInsight(_) | Model::MeshMultiZoneService(_) => {}
        Model::ZoneIngress(ingress) => ingress.check(&mut found),
        Model::MeshService(service) => service.check(resource, &mut found),
        Model::HostnameGenerator(generator) => generator.check(&mut found),
        Model::MeshTimeout(timeout) => timeout.check(resource, &mut found),
        Model::MeshZoneAddress(address) => address.check(&mut found),
        Model::MeshHttpRoute(route) => route.check(resource, &mut found),
        Model::MeshHealthCheck(check) => check.check(&mut found),
        Model::MeshRetry(retry) => retry.check(resource, &mut found),
        Model::MeshTrafficPermission(permission) => permission.check(&mut found),
        Model::MeshZones(zones) => zones.check(&mut found),
        Model::Zone(_) => zone::check(resource, &mut found),
    }
    found.0
}

/// What no proxy can be told of a resource, though Kuma takes it ([`validate`]). Users may not write it; what comes from a Kuma is left out of
/// the plans of proxies.
pub fn beyond_proxies(resource: &Resource) -> Vec<Violation> {
    let mut found = Violations::default();
    let model = resource.spec.value().map(|value| parse(resource.kind(), value));
    match model {
        Some(Ok(Some(Model::MeshHttpRoute(route)))) => {
            route.check_words(&mut found);
            route.check_limits(&mut found);
        }
        Some(Ok(Some(Model::Dataplane(dataplane)))) => dataplane.check_limits(&mut found),
        Some(Ok(Some(Model::MeshHealthCheck(check)))) => check.check_limits(&mut found),
        Some(Ok(Some(Model::MeshRetry(retry)))) => retry.check_limits(&mut found),
        _ => {}
    }
    found.0
}

/// Reads what an item of a `MeshHTTPRoute` says, and whether proxies can be told it; what is wrong comes with the path under `conf`.
pub(crate) fn check_routes(conf: &Value) -> Result<(), (String, String)> {
    let mut found = Violations::default();
    read::<RouteItem>(conf)?.check_limits(&path::Path::Root, &mut found);
    found.0.into_iter().next().map_or(Ok(()), Err)
}

/// The same of what an item of a `MeshRetry` says.
pub(crate) fn check_retries(conf: &Value) -> Result<(), (String, String)> {
    let mut found = Violations::default();
    read::<RetryConf>(conf)?.check_limits(&path::Path::Root, &mut found);
    found.0.into_iter().next().map_or(Ok(()), Err)
}

/// The same of what an item of a `MeshHealthCheck` says.
pub(crate) fn check_health_checks(conf: &Value) -> Result<(), (String, String)> {
    let mut found = Violations::default();
    read::<HealthCheckConf>(conf)?.check_limits(&path::Path::Root, &mut found);
    found.0.into_iter().next().map_or(Ok(()), Err)
}

/// Reads one form; what is wrong comes with the path under `value`.
pub(crate) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, (String, String)> {
    // Keeping track of the path costs more than reading does, and nearly all can be read.
    T::deserialize(value).or_else(|_| {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            (if path == "." { String::new() } else { path }, error.into_inner().to_string())
        })
    })
}

/// The fields of protobuf kinds stand beside `type`; those of the others below `spec`.
fn under_resource(kind: &Kind, path: &str) -> String {
    match kind.facts().map(|facts| facts.encoding) {
        Some(Encoding::Protobuf(_)) => path.to_owned(),
        _ if path.is_empty() => "spec".to_owned(),
        _ => format!("spec.{path}"),
    }
}
