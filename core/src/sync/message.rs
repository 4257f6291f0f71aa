//! What two control planes say to each other: delta requests and responses per kind, on two lanes, as plain types.
//!
//! The driver converts them to `DeltaDiscoveryRequest` and `DeltaDiscoveryResponse`. What the Strait dialect adds stands where
//! Kuma looks at nothing: in the node metadata of requests, in `system_version_info` of responses, and in type names that
//! begin with `strait.`, which are sent to Straits only.
use super::{Lineage, Position};
use crate::resource::{Kind, Resource, WireKey, ZoneName};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, sync::Arc};

/// One connection between a zone and global, both lanes of it. Numbered by the driver; never used twice in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Session(pub u64);

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {}", self.0)
    }
}

/// A direction of sync. The *provider* of a lane owns the resources on it, the *consumer* stores copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Global to zone: `GlobalToZoneSync`.
    Down,
    /// Zone to global: `ZoneToGlobalSync`.
    Up,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "down",
            Self::Up => "up",
        })
    }
}

/// What a session speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// KDS as Kuma 2.14 speaks it.
    Kuma,
    /// With what Strait adds: positions, transfers over all kinds, heartbeats.
    Strait,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kuma => "kuma",
            Self::Strait => "strait",
        })
    }
}

/// Either kind of message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Consumer to provider.
    Request(Request),
    /// Provider to consumer.
    Response(Response),
}

impl Message {
    /// The lane it travels on.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Request(request) => request.lane,
            Self::Response(response) => response.lane,
        }
    }
}

/// Names one response on one session, so that it can be acknowledged. Never reused within a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub String);

/// Consumer to provider (`DeltaDiscoveryRequest`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// On which lane.
    pub lane: Lane,
    /// What.
    pub body: RequestBody,
}

/// What a consumer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RequestBody {
    /// Kuma dialect: the first request of a kind on a session.
    Subscribe {
        /// Which kind.
        kind: Kind,
        /// Who asks.
        hello: Hello,
    },
    /// Strait dialect: the first request of a session, for all kinds.
    SubscribeAll {
        /// Who asks.
        hello: Hello,
        /// Up to where the consumer holds the provider's history, durably.
        held: Option<Position>,
        /// Parts of an unfinished transfer that the consumer has set aside.
        staged: Option<Staged>,
        /// What the consumer refused and still waits for.
        rejected: Vec<WireKey>,
    },
    /// The response was applied, durably. In a transfer: the part was set aside, and with the last part all was applied.
    Ack {
        /// The kind of the response.
        kind: Kind,
        /// The response.
        nonce: Nonce,
    },
    /// The response was applied but for what is named here.
    Nack {
        /// The kind of the response.
        kind: Kind,
        /// The response.
        nonce: Nonce,
        /// Why, for people.
        message: String,
        /// What was refused. Not on the wire in the Kuma dialect.
        rejected: Vec<WireKey>,
    },
    /// Strait dialect: this lane is alive, and the consumer holds this much, durably.
    Beat {
        /// Up to where.
        held: Option<Position>,
    },
}

/// Who a consumer is (`envoy.config.core.v3.Node`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The zone at one end of the session: in both directions (as Kuma does).
    pub zone: ZoneName,
    /// Strait dialect: the history of the consumer's own store. Decides between two connections that claim one zone.
    pub lineage: Option<Lineage>,
    /// What the consumer understands, by Kuma's names (`hash-suffix`, `producer-policy-flow`, …).
    pub features: BTreeSet<String>,
}

/// Parts of a transfer that were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Where the transfer starts.
    pub from: Option<Position>,
    /// Where the transfer leads.
    pub upto: Position,
    /// How many parts are there.
    pub parts: u32,
    /// How many resources and removals they named. The parts that follow need not be cut as before.
    #[serde(default)]
    pub changes: u64,
    /// Of which names.
    #[serde(default)]
    pub checksum: Checksum,
}

/// A sum over names, whatever their order, so that both ends know that they mean the same beginning of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checksum(pub u64);

impl Checksum {
    /// Adds one name (FNV-1a: it tells mistakes apart, not lies).
    pub(crate) fn add(&mut self, key: &WireKey) {
        let mesh = key.mesh.as_ref().map_or("", |mesh| mesh.as_str());
        let parts = [key.kind.as_str(), "/", mesh, "/", key.name.as_str()];
        let bytes = parts.iter().flat_map(|part| part.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.0 = self.0.wrapping_add(hash);
    }
}

/// Provider to consumer (`DeltaDiscoveryResponse`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// On which lane.
    pub lane: Lane,
    /// What.
    pub body: ResponseBody,
}

/// What a provider says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ResponseBody {
    /// Resources of one kind.
    Resources {
        /// Which kind.
        kind: Kind,
        /// Names this response.
        nonce: Nonce,
        /// New or changed ones, named and labelled as on the wire.
        put: Vec<Arc<Resource>>,
        /// Removed ones, by the name they have on the wire.
        gone: Vec<WireKey>,
        /// Strait dialect: which part of which transfer this is. Without it, the first response of a kind on a session is
        /// the whole state of that kind.
        transfer: Option<Transfer>,
    },
    /// Strait dialect: the provider's history. First on a session, and again when an operator adopted.
    History {
        /// The history.
        lineage: Lineage,
    },
    /// Strait dialect: this lane is alive, and the provider's history has come this far, durably.
    Beat {
        /// Up to where.
        head: Position,
    },
}

/// A part of a transfer, which spans all kinds and becomes visible at its last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// What the consumer must hold for this to apply. `None`: this is everything, and replaces what is held.
    pub from: Option<Position>,
    /// What the consumer holds afterwards.
    pub upto: Position,
    /// Counts from 0 through the whole transfer.
    pub part: u32,
    /// No part follows.
    pub last: bool,
}
