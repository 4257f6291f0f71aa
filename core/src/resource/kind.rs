//! Every kind of resource that KDS carries, in one table: scope, encoding, and where it travels.
//!
//! The facts are Kuma 2.14.3's. A kind that is not in the table is relayed with its bytes, both ways.
use serde::{Deserialize, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// The name of a kind, such as `MeshTimeout`: known or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Kind(Arc<str>);

impl Kind {
    /// The kind named `name`: letters and digits, at most 63, the first a capital.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn new(name: &str) -> Result<Self, super::NameError> {
        let bytes = name.as_bytes();
        if bytes.first().is_some_and(u8::is_ascii_uppercase) && bytes.len() <= 63 && bytes.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self(name.into()))
        } else {
            Err(super::NameError {
                text: name.chars().take(80).collect(),
                what: "kind",
                rule: "at most 63 letters and digits, beginning with a capital letter, such as `MeshTimeout`",
            })
        }
    }

    /// The kind `Mesh`, to which all others belong.
    pub fn mesh() -> Self {
        Self("Mesh".into())
    }

    /// The kind `Dataplane`: one proxy.
    pub fn dataplane() -> Self {
        Self("Dataplane".into())
    }

    /// The kind `ZoneIngress`: one proxy through which other zones reach a zone.
    pub fn zone_ingress() -> Self {
        Self("ZoneIngress".into())
    }

    /// The kind `MeshService`: a service of one zone.
    pub fn mesh_service() -> Self {
        Self("MeshService".into())
    }

    /// The kind `MeshMultiZoneService`: the union of services of several zones.
    pub fn mesh_multi_zone_service() -> Self {
        Self("MeshMultiZoneService".into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is known of it; `None` for a kind that is only relayed.
    pub fn facts(&self) -> Option<&'static KindFacts> {
        KNOWN_KINDS.binary_search_by(|facts| facts.name.cmp(&self.0)).ok().map(|index| &KNOWN_KINDS[index])
    }

    /// The known kind that this one may be a mistake for.
    pub fn nearest(&self) -> Option<&'static str> {
        if self.facts().is_some() {
            return None;
        }
        let nearest = KNOWN_KINDS.iter().map(|facts| (strsim::damerau_levenshtein(facts.name, &self.0), facts.name)).min()?;
        (nearest.0 <= 3).then_some(nearest.1)
    }

    /// Whether a control plane sends it from global to zones. Unknown kinds travel both ways.
    pub fn travels_down(&self) -> bool {
        self.facts().is_none_or(|facts| facts.down || facts.across != Across::No)
    }

    /// Whether a control plane sends it from a zone to global. Unknown kinds travel both ways.
    pub fn travels_up(&self) -> bool {
        self.facts().is_none_or(|facts| facts.up)
    }

    /// Whether its name becomes a hashed name on the way from global to a zone. On the way up every name does.
    pub fn is_hashed_down(&self) -> bool {
        self.facts().is_none_or(|facts| facts.hashed_down)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Kind {
    type Error = super::NameError;
    fn try_from(name: String) -> Result<Self, super::NameError> {
        Self::new(&name)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Whether a resource belongs to a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Belongs to one mesh.
    Mesh,
    /// Belongs to none.
    Global,
}

/// How a spec is written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A protobuf message with this full name; in universal form its fields stand beside `type` and `name`.
    Protobuf(&'static str),
    /// JSON; in universal form below `spec`.
    Json,
}

/// Whether a resource made in one zone is passed on to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// Stays on global.
    No,
    /// Goes to all other zones.
    Yes,
    /// Goes to all other zones from our global, unasked; with Kuma an operator has to copy it by hand.
    Reissued,
    /// Goes to the others if it is a producer policy.
    Producer,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct KindFacts {
    /// The kind.
    pub name: &'static str,
    /// Belongs to a mesh or not.
    pub scope: Scope,
    /// On the wire.
    pub encoding: Encoding,
    /// Written on global and sent to zones.
    pub down: bool,
    /// Written in zones and sent to global.
    pub up: bool,
    /// Sent on to other zones.
    pub across: Across,
    /// Its name is hashed on the way down.
    pub hashed_down: bool,
    /// Has a status beside the spec.
    pub status: bool,
}

const fn row(name: &'static str, scope: Scope, encoding: Encoding, down: bool, up: bool) -> KindFacts {
    KindFacts { name, scope, encoding, down, up, across: Across::No, hashed_down: true, status: false }
}
const fn json(name: &'static str, down: bool, up: bool) -> KindFacts {
    row(name, Scope::Mesh, Encoding::Json, down, up)
}
const fn policy(name: &'static str) -> KindFacts {
    KindFacts { across: Across::Producer, ..json(name, true, true) }
}
const fn proto(name: &'static str, message: &'static str, down: bool, up: bool) -> KindFacts {
    row(name, Scope::Mesh, Encoding::Protobuf(message), down, up)
}
const fn unhashed(facts: KindFacts) -> KindFacts {
    KindFacts { hashed_down: false, ..facts }
}
const fn global(facts: KindFacts) -> KindFacts {
    KindFacts { scope: Scope::Global, ..facts }
}
const fn across(facts: KindFacts) -> KindFacts {
    KindFacts { across: Across::Yes, ..facts }
}
const fn with_status(facts: KindFacts) -> KindFacts {
    KindFacts { status: true, ..facts }
}

/// Every kind that Kuma 2.14.3 carries over KDS, sorted by name; and two that operators write on global and that never travel: `Zone`,
/// which is Kuma's, and `MeshZones`, which is ours.
///
/// In one thing we differ: see [`Across::Reissued`].
pub const KNOWN_KINDS: &[KindFacts] = &[
    proto("CircuitBreaker", "kuma.mesh.v1alpha1.CircuitBreaker", true, false),
    unhashed(global(proto("Config", "kuma.system.v1alpha1.Config", true, false))),
    proto("Dataplane", "kuma.mesh.v1alpha1.Dataplane", false, true),
    proto("DataplaneInsight", "kuma.mesh.v1alpha1.DataplaneInsight", false, true),
    proto("ExternalService", "kuma.mesh.v1alpha1.ExternalService", true, false),
    proto("FaultInjection", "kuma.mesh.v1alpha1.FaultInjection", true, false),
    unhashed(global(proto("GlobalSecret", "kuma.system.v1alpha1.Secret", true, false))),
    proto("HealthCheck", "kuma.mesh.v1alpha1.HealthCheck", true, false),
    global(json("HostnameGenerator", true, true)),
    unhashed(global(proto("Mesh", "kuma.mesh.v1alpha1.Mesh", true, false))),
    with_status(policy("MeshAccessLog")),
    policy("MeshCircuitBreaker"),
    with_status(json("MeshExternalService", true, true)),
    policy("MeshFaultInjection"),
    proto("MeshGateway", "kuma.mesh.v1alpha1.MeshGateway", true, true),
    proto("MeshGatewayRoute", "kuma.mesh.v1alpha1.MeshGatewayRoute", true, false),
    policy("MeshHTTPRoute"),
    policy("MeshHealthCheck"),
    with_status(json("MeshIdentity", true, true)),
    policy("MeshLoadBalancingStrategy"),
    with_status(policy("MeshMetric")),
    with_status(json("MeshMultiZoneService", true, false)),
    with_status(json("MeshOpenTelemetryBackend", true, true)),
    policy("MeshPassthrough"),
    policy("MeshProxyPatch"),
    policy("MeshRateLimit"),
    policy("MeshRetry"),
    across(with_status(json("MeshService", false, true))),
    policy("MeshTCPRoute"),
    policy("MeshTLS"),
    policy("MeshTimeout"),
    with_status(policy("MeshTrace")),
    policy("MeshTrafficPermission"),
    KindFacts { across: Across::Reissued, ..with_status(json("MeshTrust", true, true)) },
    across(json("MeshZoneAddress", false, true)),
    json("MeshZones", false, false),
    proto("ProxyTemplate", "kuma.mesh.v1alpha1.ProxyTemplate", true, false),
    proto("RateLimit", "kuma.mesh.v1alpha1.RateLimit", true, false),
    proto("Retry", "kuma.mesh.v1alpha1.Retry", true, false),
    unhashed(proto("Secret", "kuma.system.v1alpha1.Secret", true, false)),
    proto("ServiceInsight", "kuma.mesh.v1alpha1.ServiceInsight", true, false),
    proto("Timeout", "kuma.mesh.v1alpha1.Timeout", true, false),
    proto("TrafficLog", "kuma.mesh.v1alpha1.TrafficLog", true, false),
    proto("TrafficPermission", "kuma.mesh.v1alpha1.TrafficPermission", true, false),
    proto("TrafficRoute", "kuma.mesh.v1alpha1.TrafficRoute", true, false),
    proto("TrafficTrace", "kuma.mesh.v1alpha1.TrafficTrace", true, false),
    proto("VirtualOutbound", "kuma.mesh.v1alpha1.VirtualOutbound", true, false),
    with_status(json("Workload", false, true)),
    unhashed(global(proto("Zone", "kuma.system.v1alpha1.Zone", false, false))),
    global(proto("ZoneEgress", "kuma.mesh.v1alpha1.ZoneEgress", false, true)),
    global(proto("ZoneEgressInsight", "kuma.mesh.v1alpha1.ZoneEgressInsight", false, true)),
    across(global(proto("ZoneIngress", "kuma.mesh.v1alpha1.ZoneIngress", false, true))),
    global(proto("ZoneIngressInsight", "kuma.mesh.v1alpha1.ZoneIngressInsight", false, true)),
];
