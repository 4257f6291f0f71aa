//! The parts of a plan. They are written as JSON too: a simulated proxy gets nothing else, and a run's input log holds them.
use super::{Access, HealthCheck, HostRoutes, Identity, InboundTimeouts, OutboundTimeouts, Panic, Protocol, Retries, Trust};
use crate::names::ServiceId;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// Which part. Parts of one proxy are told apart by it, and it stays the same while the part changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PartName {
    /// Who the proxy is.
    Identity,
    /// Whom it trusts.
    Trust,
    /// How traffic is redirected to the proxy.
    Redirect,
    /// What is answered to a workload that asks for the name of a service.
    Names,
    /// What it takes for its workload on one port: the name of the inbound, or its port.
    Inbound(String),
    /// What its workload sends to one destination.
    Outbound(Destination),
    /// How one destination is connected to.
    Cluster(Destination),
    /// Who serves one destination.
    Endpoints(Destination),
    /// Where an ingress takes connections of other zones.
    Entrance,
    /// What an ingress lets through to one destination.
    Passage(Destination),
}

/// One part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Who the proxy is. Its certificate, and the key of that, are told by whoever signs it.
    Identity(Identity),
    /// Whom it trusts.
    Trust(Trust),
    /// How traffic is redirected to the proxy.
    Redirect(Redirect),
    /// What is answered to a workload that asks for the name of a service; only where traffic is redirected.
    Names(HostNames),
    /// What it takes for its workload on one port.
    Inbound(Inbound),
    /// What its workload sends to one destination.
    Outbound(Outbound),
    /// How one destination is connected to.
    Cluster(Cluster),
    /// Who serves one destination.
    Endpoints(Arc<Endpoints>),
    /// Where an ingress takes connections of other zones.
    Entrance(Entrance),
    /// What an ingress lets through to one destination.
    Passage(Passage),
}

/// One port of a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Destination {
    /// The service.
    pub service: ServiceId,
    /// The name of the port, or its number if it has none: what Kuma calls a section.
    pub port: String,
}

impl fmt::Display for Destination {
    /// As Kuma's resource identifier, which says both: `kri_msvc_MESH_ZONE_NAMESPACE_NAME_PORT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.service.kri(), self.port)
    }
}

impl Destination {
    /// The server name by which it is asked for, also between zones: Kuma's form of MADR-101. In lower case, as Envoy reads server names so,
    /// whatever a port is called.
    pub fn sni(&self) -> String {
        let ServiceId { mesh, kind: _, zone, namespace, name } = &self.service;
        let dotted = |part: Option<&str>| part.map(|part| format!("{part}.")).unwrap_or_default();
        let (kind, zone) = match zone {
            Some(zone) => ("msvc", dotted(Some(zone.as_str()))),
            None => ("mzsvc", String::new()),
        };
        format!("sni.{kind}.{mesh}.{zone}{}{name}.{}", dotted(namespace.as_deref()), self.port).to_ascii_lowercase()
    }
}

/// How traffic is redirected to a proxy that its workload does not know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// What others send to the workload arrives on this port.
    pub inbound_port: u16,
    /// What the workload sends arrives on this port.
    pub outbound_port: u16,
    /// Whether what is for no service goes on to where it was sent.
    pub passthrough: bool,
    /// Whether what others send to a port of which the proxy knows nothing reaches the workload: not where the proxy asks who they are.
    pub inbound_passthrough: bool,
}

/// The names of the services that a workload reaches by their virtual IPs. What it does not reach it is not told of, as in Kuma 2.14.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNames {
    /// The address of each name; names in lower case, without a dot at their ends.
    pub addresses: BTreeMap<String, Ipv4Addr>,
}

/// What a proxy takes for its workload on one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Its name, or its port.
    pub name: String,
    /// Where others connect.
    pub listens: SocketAddr,
    /// Whether that port is redirected to the proxy; else the proxy listens on it.
    pub redirected: bool,
    /// Where the workload listens.
    pub workload: SocketAddr,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long is waited.
    pub timeouts: InboundTimeouts,
    /// Who may connect.
    pub access: Access,
    /// The name of the proxy's own identity, which it shows to those who connect; `None`: it has none, and shows nothing.
    pub identity: Option<String>,
}

/// What a workload sends to one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// Which.
    pub destination: Destination,
    /// Where the workload connects: virtual IPs, or local ports. Empty: nowhere, because the service has no address yet.
    pub listens: BTreeSet<SocketAddr>,
    /// Whether those addresses are redirected to the proxy; else the proxy listens on them.
    pub redirected: bool,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long is waited.
    pub timeouts: OutboundTimeouts,
    /// What is tried again of requests; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// How often a connection is tried, where the protocol has no requests; at least 1.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub connect_attempts: u32,
    /// Where requests go, where the protocol has requests; the first that fits. At least one takes what no other does.
    pub hosts: Vec<HostRoutes>,
}

/// How one destination is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Which.
    pub destination: Destination,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long is waited.
    pub timeouts: OutboundTimeouts,
    /// How it is found out whether those serve who serve it; `None`: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
    /// What happens when too few of them do; `None`: all are sent something when less than half do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panic: Option<Panic>,
    /// How both ends prove who they are; `None`: one of them cannot, and nothing is encrypted.
    pub tls: Option<ClusterTls>,
}

/// How both ends of a connection prove who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterTls {
    /// The name of the proxy's own identity.
    pub identity: String,
    /// The server name that is asked for: Kuma's `sni.msvc.MESH.ZONE.NAME.PORT`, or `sni.mzsvc.MESH.NAME.PORT` for a union over zones.
    pub sni: String,
    /// The SPIFFE IDs of those who serve it.
    pub servers: BTreeSet<String>,
}

/// Who serves one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Which.
    pub destination: Destination,
    /// Sorted by address; empty: nobody.
    pub endpoints: BTreeSet<Endpoint>,
}

/// One that serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// 0, or 1: it is asked only while none of those before it can be.
    #[serde(default, skip_serializing_if = "is_first")]
    pub priority: u8,
    /// Where it is reached.
    pub address: IpAddr,
    /// Where it is reached.
    pub port: u16,
}

/// Where an ingress takes connections of other zones. It reads the server name that a client asks for, decrypts nothing, and ends
/// connections that ask for none, or for one to which no [`Passage`] leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrance {
    /// Where it listens.
    pub listens: SocketAddr,
}

/// What an ingress lets through to one destination of its own zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The server names by which it is asked for ([`Destination::sni`]).
    pub server_names: BTreeSet<String>,
    /// Which, and who serves it.
    pub to: Arc<Endpoints>,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_once(attempts: &u32) -> bool {
    *attempts == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(priority: &u8) -> bool {
    *priority == 0
}

impl Part {
    /// What it is called in its plan.
    pub fn name(&self) -> PartName {
        match self {
            Self::Identity(_) => PartName::Identity,
            Self::Trust(_) => PartName::Trust,
            Self::Redirect(_) => PartName::Redirect,
            Self::Names(_) => PartName::Names,
            Self::Inbound(inbound) => PartName::Inbound(inbound.name.clone()),
            Self::Outbound(outbound) => PartName::Outbound(outbound.destination.clone()),
            Self::Cluster(cluster) => PartName::Cluster(cluster.destination.clone()),
            Self::Endpoints(endpoints) => PartName::Endpoints(endpoints.destination.clone()),
            Self::Entrance(_) => PartName::Entrance,
            Self::Passage(passage) => PartName::Passage(passage.to.destination.clone()),
        }
    }
}
