//! `Dataplane`: one proxy beside a workload, and what it serves.
mod rules;

use super::{
    EnvoyAdmin, GoDuration, MetricsBackend,
    field::{self, Numbered, OrNumber, Unknown},
    tags::{PROTOCOL, Tags},
};
use serde::{Deserialize, Serialize};

/// The spec of a `Dataplane`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Dataplane {
    /// Addresses and ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networking: Option<Networking>,
    /// Overrides the metrics of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsBackend>,
    /// HTTP probes that the proxy passes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<Probes>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Addresses and ports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Networking {
    /// Where other proxies connect: an IP address or a host name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub address: String,
    /// The same as seen from behind a NAT.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub advertised_address: String,
    /// Set for a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// What it receives.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub inbound: Vec<Inbound>,
    /// What it sends, where it is not transparent.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub outbound: Vec<Outbound>,
    /// Set where traffic is redirected to it.
    #[serde(alias = "transparent_proxying", skip_serializing_if = "Option::is_none")]
    pub transparent_proxying: Option<TransparentProxying>,
    /// Envoy's own interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<EnvoyAdmin>,
    /// Traffic of other zones that it passes on.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub listeners: Vec<Listener>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A gateway: takes traffic from outside of the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Gateway {
    /// How policies find it.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub tags: Tags,
    /// Who configures it.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub gateway_type: OrNumber<GatewayType>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Who configures a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GatewayType {
    /// Its own software.
    #[default]
    Delegated,
    /// The mesh.
    Builtin,
}

impl Numbered for GatewayType {
    const IN_ORDER: &'static [Self] = &[Self::Delegated, Self::Builtin];
}

/// One port on which the proxy takes traffic for its workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Inbound {
    /// Where the proxy listens.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Where the workload listens; 0: on the same port.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub service_port: u32,
    /// Where the workload listens; empty: 127.0.0.1, or the proxy's address where it is transparent.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub service_address: String,
    /// Where the proxy listens; empty: on its address.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub address: String,
    /// How services and policies find it.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub tags: Tags,
    /// The older way to say that it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// How its health is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_probe: Option<ServiceProbe>,
    /// Whether it takes traffic.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub state: OrNumber<InboundState>,
    /// Its name; empty: its port.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// What is spoken; empty: the tag `kuma.io/protocol`.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub protocol: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Inbound {
    /// The name by which policies and services speak of it.
    pub(crate) fn section_name(&self) -> String {
        if self.name.is_empty() { self.port.to_string() } else { self.name.clone() }
    }

    /// What is spoken, if it says so.
    pub(crate) fn spoken(&self) -> Option<&str> {
        let protocol = if self.protocol.is_empty() { self.tags.get(PROTOCOL) } else { Some(&self.protocol) };
        protocol.map(String::as_str)
    }

    /// Whether it is as if it were not there.
    pub(crate) fn is_ignored(&self) -> bool {
        self.state.is(&InboundState::Ignored)
    }

    /// Whether it takes traffic, by the newer and by the older way to say so.
    pub(crate) fn is_ready(&self) -> bool {
        self.state.is(&InboundState::Ready) && self.health.as_ref().is_none_or(|health| health.ready)
    }
}

/// The older way to say whether an inbound is ready.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Health {
    /// It is.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub ready: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Whether an inbound takes traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboundState {
    /// It does.
    #[default]
    Ready,
    /// It is known, but gets none.
    NotReady,
    /// It is as if it were not there.
    Ignored,
}

impl Numbered for InboundState {
    const IN_ORDER: &'static [Self] = &[Self::Ready, Self::NotReady, Self::Ignored];
}

/// How the health of a workload is found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ServiceProbe {
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<GoDuration>,
    /// How long an answer may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<GoDuration>,
    /// After so many failures it is unhealthy.
    #[serde(alias = "unhealthy_threshold", deserialize_with = "field::optional_uint", skip_serializing_if = "Option::is_none")]
    pub unhealthy_threshold: Option<u32>,
    /// After so many successes it is healthy.
    #[serde(alias = "healthy_threshold", deserialize_with = "field::optional_uint", skip_serializing_if = "Option::is_none")]
    pub healthy_threshold: Option<u32>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One service that the workload reaches on a local port.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Outbound {
    /// Where the proxy listens; empty: 127.0.0.1.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub address: String,
    /// Where the proxy listens.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Which service, the older way.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub tags: Tags,
    /// Which service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_ref: Option<BackendRef>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct BackendRef {
    /// `MeshService`, `MeshMultiZoneService` or `MeshExternalService`.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub kind: String,
    /// Its name.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// Its Kubernetes namespace; only transparent proxies say it.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub namespace: String,
    /// Its port; 0: none.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Or all that carry these labels.
    #[serde(deserialize_with = "field::texts", skip_serializing_if = "field::is_default")]
    pub labels: Tags,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How traffic is redirected to a proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct TransparentProxying {
    /// Where traffic for the workload arrives.
    #[serde(alias = "redirect_port_inbound", deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub redirect_port_inbound: u32,
    /// Where traffic of the workload arrives.
    #[serde(alias = "redirect_port_outbound", deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub redirect_port_outbound: u32,
    /// Services that are reached by the addresses of their proxies.
    #[serde(alias = "direct_access_services", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub direct_access_services: Vec<String>,
    /// Services that are reached at all, the older way; empty: all.
    #[serde(alias = "reachable_services", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub reachable_services: Vec<String>,
    /// Services that are reached at all; unset: all.
    #[serde(alias = "reachable_backends", skip_serializing_if = "Option::is_none")]
    pub reachable_backends: Option<ReachableBackends>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Services that a proxy reaches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ReachableBackends {
    /// These. Empty: none.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub refs: Vec<BackendRef>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A port for the traffic of other zones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Listener {
    /// What for.
    #[serde(rename = "type", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub listener_type: OrNumber<ListenerType>,
    /// Where it listens.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub address: String,
    /// Where it listens.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Its name; empty: its port.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub name: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListenerType {
    /// Nothing was said.
    #[default]
    Unspecified,
    /// Takes connections from other zones.
    ZoneIngress,
    /// Takes connections that leave the zone.
    ZoneEgress,
}

impl Numbered for ListenerType {
    const IN_ORDER: &'static [Self] = &[Self::Unspecified, Self::ZoneIngress, Self::ZoneEgress];
}

/// HTTP probes that the proxy passes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Probes {
    /// Where it takes them.
    #[serde(deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub port: u32,
    /// Where they go.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub endpoints: Vec<ProbeEndpoint>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where one probe goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct ProbeEndpoint {
    /// To this port.
    #[serde(alias = "inbound_port", deserialize_with = "field::uint", skip_serializing_if = "field::is_default")]
    pub inbound_port: u32,
    /// To this path.
    #[serde(alias = "inbound_path", deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub inbound_path: String,
    /// When it comes to this path.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "field::is_default")]
    pub path: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}
