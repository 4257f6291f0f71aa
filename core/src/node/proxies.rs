//! What a zone and the proxies beside its workloads say to each other, without its bytes: those are Envoy's xDS, and the shell's.
use crate::{
    plan::{Part, PartName},
    resource::{Key, MeshName, Resource, ResourceName},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// Names one connection of a proxy. Given by the driver; never used again in the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProxySession(pub u64);

impl fmt::Display for ProxySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

/// What comes from a proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromProxy {
    /// It connected. What is said of a `Dataplane` is said of the `ZoneIngress` of an ingress, too. The driver has checked that it may speak for this proxy.
    Opened {
        /// Its mesh; `None`: it is an ingress, which is of no mesh.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mesh: Option<MeshName>,
        /// Its name.
        name: ResourceName,
        /// What it is, if it brought that along: then it is made when it comes, and goes some time after it left. Else it has to be known.
        dataplane: Option<Box<Resource>>,
        /// What runs there, as far as it says so.
        #[serde(default, skip_serializing_if = "ProxyVersion::is_unknown")]
        version: ProxyVersion,
    },
    /// It has taken all of an update.
    Took {
        /// Which.
        update: u64,
    },
    /// It has taken an update, but for what it refused. Of the last one it may say so again, or that it has taken all, where that has become different.
    Refused {
        /// Which.
        update: u64,
        /// What it refused, and why, in its own words.
        why: String,
        /// What parts of the plan that is, as far as it is one.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        parts: BTreeSet<PartName>,
    },
    /// So many who wanted to come in by it were turned away: it is an ingress.
    TurnedAway {
        /// All since its launcher counts.
        connections: TurnedAway,
    },
    /// The connection ended, in whatever way. Never follows [`ToProxy::Close`] of the same session.
    Closed,
}

/// What runs beside a workload, as it says itself. Empty: it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProxyVersion {
    /// The release of the launcher; Kuma calls that `kumaDp`.
    pub launcher: String,
    /// The release of Envoy.
    pub envoy: String,
    /// All that Envoy says of its build.
    pub envoy_build: String,
}

impl ProxyVersion {
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// What goes to a proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToProxy {
    /// Its plan is different. Another update follows only once this one was answered.
    Plan(PlanUpdate),
    /// End the connection. Nothing more comes of it.
    Close {
        /// Why; told to the proxy.
        why: ProxyRefused,
    },
}

/// How a plan becomes another. The first of a session is the whole plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanUpdate {
    /// Counts from 1 in a session.
    pub number: u64,
    /// Parts that are new, or different.
    pub put: Vec<Part>,
    /// Parts that are no more.
    pub gone: Vec<PartName>,
}

/// Why a zone ends the connection of a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyRefused {
    /// The same proxy has connected anew.
    Superseded,
    /// It brought no Dataplane along, and none of this name is known.
    Unknown(Key),
    /// The Dataplane that it brought along cannot be written (why).
    Invalid(String),
    /// Its Dataplane was deleted.
    Deleted,
    /// The store of this control plane takes no writes (why).
    Store(String),
}

impl fmt::Display for ProxyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Superseded => f.write_str("superseded: the same proxy has connected anew"),
            Self::Unknown(key) => write!(f, "unknown: there is no {key}; write it, or let the proxy bring it along"),
            Self::Invalid(why) => write!(f, "invalid: {why}"),
            Self::Deleted => f.write_str("deleted: its Dataplane was deleted"),
            Self::Store(why) => write!(f, "store: the zone control plane takes nothing: {why}"),
        }
    }
}

/// Connections that an ingress refused or cut, as its Envoy counts them, since its launcher began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnedAway {
    /// They asked for a name that nobody serves here, or for none.
    pub unknown_name: u64,
    /// They did not begin with TLS.
    pub plain: u64,
    /// They did not say in time what they ask for.
    pub silent: u64,
    /// There were as many as there may be.
    pub too_many: u64,
}

/// What is known of a proxy that is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyStatus {
    /// Its connection.
    pub session: ProxySession,
    /// The last update that it was sent.
    pub sent: u64,
    /// The last one that it took.
    pub took: u64,
    /// What it refused of that, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// It is an ingress that has no listener by what it answered last: other zones are not told of it.
    #[serde(default, rename = "notAdvertised", skip_serializing_if = "std::ops::Not::not")]
    pub is_deaf: bool,
    /// It is an ingress whose launcher said how many it turned away.
    #[serde(default, rename = "turnedAway", skip_serializing_if = "Option::is_none")]
    pub turned_away: Option<TurnedAway>,
}
