//! `Mesh`: one isolated mesh, and what holds in all of it.
mod rules;

use super::{
    MetricsBackend,
    field::{self, Numbered, OrNumber, Unknown},
    tags::Tags,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The spec of a `Mesh`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Mesh {
    /// Certificates (until Kuma 2.14; then `MeshIdentity`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls: Option<Mtls>,
    /// Traces (older than `MeshTrace`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Access logs (older than `MeshAccessLog`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Logging>,
    /// Metrics (older than `MeshMetric`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// What leaves the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networking: Option<MeshNetworking>,
    /// How traffic finds its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing: Option<Routing>,
    /// Which proxies may join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Policies that Kuma does not make in a new mesh; `*`: none at all.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub skip_creating_initial_policies: Vec<String>,
    /// Whether services are `MeshService`s or tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_services: Option<MeshServices>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Certificates of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Mtls {
    /// The backend that issues them; empty: there are none.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub enabled_backend: String,
    /// What could issue them. Kuma allows one.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backends: Vec<CertificateBackend>,
    /// Take a backend that does not work yet.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub skip_validation: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What issues certificates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct CertificateBackend {
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// `builtin`, `provided` and such.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backend_type: String,
    /// The certificates of proxies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dp_cert: Option<ProxyCertificates>,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// The certificates of proxies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProxyCertificates {
    /// When they are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// When certificates are replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Rotation {
    /// How long they are valid, such as `1d` or `2y`: one whole number with y, w, d, h, m, s or ms.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub expiration: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Traces of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Tracing {
    /// The one that policies mean when they name none.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub default_backend: String,
    /// Where traces go.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backends: Vec<TracingBackend>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where traces go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TracingBackend {
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// `zipkin` or `datadog`.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backend_type: String,
    /// Per cent of the requests; unset: all.
    #[serde(deserialize_with = "field::optional_double", skip_serializing_if = "Option::is_none")]
    pub sampling: Option<f64>,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Access logs of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Logging {
    /// The one that policies mean when they name none.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub default_backend: String,
    /// Where logs go.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backends: Vec<LoggingBackend>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where logs go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct LoggingBackend {
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// How a line looks; empty: Kuma's way.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub format: String,
    /// `file` or `tcp`.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backend_type: String,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf: Option<Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Metrics of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Metrics {
    /// The one that is used; empty: none.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub enabled_backend: String,
    /// Where metrics are found.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub backends: Vec<MetricsBackend>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What leaves the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshNetworking {
    /// Traffic of proxies to the outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<MeshOutbound>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Traffic of proxies to the outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshOutbound {
    /// Whether it may go where no service is known; unset: it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough: Option<bool>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How traffic finds its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Routing {
    /// The own zone first.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub locality_aware_load_balancing: bool,
    /// To other zones and to the outside through the egress.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub zone_egress: bool,
    /// Nobody reaches a `MeshExternalService` unless a policy allows it.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub default_forbid_mesh_external_service_access: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which proxies may join a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Constraints {
    /// By their tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataplane_proxy: Option<ProxyConstraints>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which proxies may join a mesh, by their tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProxyConstraints {
    /// One of these fits.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub requirements: Vec<TagRule>,
    /// None of these fits.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub restrictions: Vec<TagRule>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Tags that fit together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TagRule {
    /// All of these; `*` is any value.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub tags: Tags,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Whether services are `MeshService`s or tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshServices {
    /// Which of both.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub mode: OrNumber<MeshServicesMode>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Whether services are `MeshService`s or tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MeshServicesMode {
    /// Tags only.
    #[default]
    Disabled,
    /// Both.
    Everywhere,
    /// `MeshService`s for proxies that name what they reach.
    ReachableBackends,
    /// `MeshService`s only.
    Exclusive,
}

impl Numbered for MeshServicesMode {
    const IN_ORDER: &'static [Self] = &[Self::Disabled, Self::Everywhere, Self::ReachableBackends, Self::Exclusive];
}
