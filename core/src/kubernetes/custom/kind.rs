//! The kinds of custom resources, as Kuma 2.14 defines them: plural, short name, scope.
use crate::resource::{Encoding, Kind, KindFacts};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The group of all of them.
pub const GROUP: &str = "kuma.io";
/// The version of all of them.
pub const VERSION: &str = "v1alpha1";

/// A kind of resources that a cluster has as custom resources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct CustomKind(&'static Row);

/// One row of the table. Names come first, so that kinds are ordered by them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    kind: &'static str,
    plural: &'static str,
    /// Empty: it has none.
    short: &'static str,
    place: Placed,
}

/// Where objects of a kind stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placed {
    /// In namespaces.
    Namespaced,
    /// In none.
    Cluster,
}

/// A kind is none that a cluster has as custom resources.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of custom resources")]
pub struct NotCustom(String);

const fn namespaced(kind: &'static str, plural: &'static str, short: &'static str) -> Row {
    Row { kind, plural, short, place: Placed::Namespaced }
}

const fn cluster(kind: &'static str, plural: &'static str, short: &'static str) -> Row {
    Row { kind, plural, short, place: Placed::Cluster }
}

/// Sorted by kind. Not among them: secrets, which are `Secret`s in Kuma, too; what only global has; and insights, which change with every
/// connection.
const ROWS: &[Row] = &[
    cluster("CircuitBreaker", "circuitbreakers", ""),
    namespaced("Dataplane", "dataplanes", "dp"),
    cluster("ExternalService", "externalservices", ""),
    cluster("FaultInjection", "faultinjections", ""),
    cluster("HealthCheck", "healthchecks", ""),
    namespaced("HostnameGenerator", "hostnamegenerators", "hg"),
    cluster("Mesh", "meshes", "m"),
    namespaced("MeshAccessLog", "meshaccesslogs", "mal"),
    namespaced("MeshCircuitBreaker", "meshcircuitbreakers", "mcb"),
    namespaced("MeshExternalService", "meshexternalservices", "extsvc"),
    namespaced("MeshFaultInjection", "meshfaultinjections", "mfi"),
    cluster("MeshGateway", "meshgateways", "mgw"),
    cluster("MeshGatewayRoute", "meshgatewayroutes", ""),
    namespaced("MeshHTTPRoute", "meshhttproutes", "mhttpr"),
    namespaced("MeshHealthCheck", "meshhealthchecks", "mhc"),
    namespaced("MeshIdentity", "meshidentities", "mid"),
    namespaced("MeshLoadBalancingStrategy", "meshloadbalancingstrategies", "mlbs"),
    namespaced("MeshMetric", "meshmetrics", "mm"),
    namespaced("MeshMultiZoneService", "meshmultizoneservices", "mzsvc"),
    namespaced("MeshOpenTelemetryBackend", "meshopentelemetrybackends", "motb"),
    namespaced("MeshPassthrough", "meshpassthroughs", "mp"),
    namespaced("MeshProxyPatch", "meshproxypatches", "mpp"),
    namespaced("MeshRateLimit", "meshratelimits", "mrl"),
    namespaced("MeshRetry", "meshretries", "mr"),
    namespaced("MeshService", "meshservices", "msvc"),
    namespaced("MeshTCPRoute", "meshtcproutes", "mtcpr"),
    namespaced("MeshTLS", "meshtlses", "mtls"),
    namespaced("MeshTimeout", "meshtimeouts", "mt"),
    namespaced("MeshTrace", "meshtraces", "mtr"),
    namespaced("MeshTrafficPermission", "meshtrafficpermissions", "mtp"),
    namespaced("MeshTrust", "meshtrusts", "mtrust"),
    namespaced("MeshZoneAddress", "meshzoneaddresses", "mza"),
    cluster("ProxyTemplate", "proxytemplates", ""),
    cluster("RateLimit", "ratelimits", ""),
    cluster("Retry", "retries", ""),
    cluster("Timeout", "timeouts", ""),
    cluster("TrafficLog", "trafficlogs", ""),
    cluster("TrafficPermission", "trafficpermissions", ""),
    cluster("TrafficRoute", "trafficroutes", ""),
    cluster("TrafficTrace", "traffictraces", ""),
    cluster("VirtualOutbound", "virtualoutbounds", ""),
    namespaced("Workload", "workloads", "wl"),
    namespaced("ZoneEgress", "zoneegresses", "ze"),
    namespaced("ZoneIngress", "zoneingresses", "zi"),
];

impl CustomKind {
    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// Custom resources of this kind; `None`: a cluster has it as none.
    pub fn of(kind: &Kind) -> Option<Self> {
        Self::named(kind.as_str())
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        ROWS.binary_search_by(|row| row.kind.cmp(name)).ok().map(|index| Self(&ROWS[index]))
    }

    /// Its name, such as `MeshTimeout`.
    pub fn as_str(self) -> &'static str {
        self.0.kind
    }

    /// The kind of resources.
    pub fn kind(self) -> Kind {
        Kind::new(self.0.kind).expect("the table has names of kinds")
    }

    /// As paths and `kubectl` name it, such as `meshtimeouts`.
    pub fn plural(self) -> &'static str {
        self.0.plural
    }

    /// As `kubectl` knows it in short, if it does.
    pub fn short(self) -> Option<&'static str> {
        Some(self.0.short).filter(|short| !short.is_empty())
    }

    /// Where its objects stand.
    pub fn placed(self) -> Placed {
        self.0.place
    }

    /// Whether its objects name their mesh in a field; others do in a label.
    pub(crate) fn has_mesh_field(self) -> bool {
        matches!(self.facts().map(|facts| facts.encoding), Some(Encoding::Protobuf(_)))
    }

    /// What is known of the kind of resources.
    pub(crate) fn facts(self) -> Option<&'static KindFacts> {
        self.kind().facts()
    }
}

impl fmt::Debug for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind)
    }
}

impl fmt::Display for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind)
    }
}

impl Serialize for CustomKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.kind)
    }
}

impl TryFrom<String> for CustomKind {
    type Error = NotCustom;

    fn try_from(name: String) -> Result<Self, NotCustom> {
        Self::named(&name).ok_or(NotCustom(name))
    }
}
