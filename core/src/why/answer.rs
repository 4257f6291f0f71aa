//! Hops, verdicts, changes.
use super::{Place, Question};
use crate::resource::{Key, MeshName, Resource, ResourceName, ZoneName, to_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Which hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The proxy beside whoever asks.
    Proxy,
    /// The name leads to a service.
    Name,
    /// The service has an address.
    Vip,
    /// The proxy takes what is sent there.
    Outbound,
    /// Where requests are led.
    Route,
    /// The service.
    Service,
    /// Those who serve it.
    Endpoint,
    /// Who asks, as it can be proved.
    Identity,
    /// Whether both ends believe what the other one shows.
    Trust,
    /// The way into another zone.
    Ingress,
    /// What lies between zones.
    Link,
    /// Whether those who serve let it in.
    Permission,
}

/// What becomes of a request at a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes on.
    Ok,
    /// It ends here.
    Broken,
    /// That cannot be known from here.
    Unknown,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Which.
    pub hop: Step,
    /// What becomes of a request there.
    pub verdict: Verdict,
    /// In a sentence.
    pub what: String,
    /// Which destination it is about, where requests are led to several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// The smallest change after which a hop is not broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What is to be done.
    pub what: String,
    /// Where these are to be written: `global`, or `zone NAME`. Unset: nothing is to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Resources in universal form, as they are to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Value>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The zone of its proxy.
    pub zone: ZoneName,
    /// The `Dataplane`.
    pub name: ResourceName,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// In which mesh.
    pub mesh: MeshName,
    /// Who asks.
    pub from: Asker,
    /// For what.
    pub to: String,
    /// The worst that is known: broken if one hop is, else ok, whatever is not known.
    pub verdict: Verdict,
    /// The hops, in the order in which a request takes them.
    pub hops: Vec<Hop>,
    /// What turns the first that is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// A hop, and what turns it.
pub(super) struct Line {
    pub(super) hop: Hop,
    change: Option<Change>,
}

impl Line {
    fn new(hop: Step, verdict: Verdict, what: impl Into<String>, change: Option<Change>) -> Self {
        Self { hop: Hop { hop, verdict, what: what.into(), to: None }, change }
    }

    pub(super) fn ok(hop: Step, what: impl Into<String>) -> Self {
        Self::new(hop, Verdict::Ok, what, None)
    }

    pub(super) fn unknown(hop: Step, what: impl Into<String>) -> Self {
        Self::new(hop, Verdict::Unknown, what, None)
    }

    pub(super) fn broken(hop: Step, what: impl Into<String>, change: Change) -> Self {
        Self::new(hop, Verdict::Broken, what, Some(change))
    }
}

impl Change {
    /// Something to do that is no resource.
    pub(super) fn act(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: None, resources: Vec::new() }
    }

    /// Resources to write.
    pub(super) fn write(what: impl Into<String>, at: &Place, resources: &[Resource]) -> Self {
        Self { what: what.into(), at: Some(at.to_string()), resources: resources.iter().map(to_json).collect() }
    }
}

impl Why {
    pub(super) fn of(question: &Question, zone: &ZoneName, asker: &Key, lines: Vec<Line>) -> Self {
        let first = lines.iter().find(|line| line.hop.verdict == Verdict::Broken);
        let verdict = if first.is_some() { Verdict::Broken } else { Verdict::Ok };
        let change = first.and_then(|line| line.change.clone());
        Self {
            mesh: question.mesh.clone(),
            from: Asker { zone: zone.clone(), name: asker.name.clone() },
            to: question.to.clone(),
            verdict,
            change,
            hops: lines.into_iter().map(|line| line.hop).collect(),
        }
    }

    /// The first hop that is broken.
    pub fn broken(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.verdict == Verdict::Broken)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proxy => "proxy",
            Self::Name => "name",
            Self::Vip => "vip",
            Self::Outbound => "outbound",
            Self::Route => "route",
            Self::Service => "service",
            Self::Endpoint => "endpoint",
            Self::Identity => "identity",
            Self::Trust => "trust",
            Self::Ingress => "ingress",
            Self::Link => "link",
            Self::Permission => "permission",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        })
    }
}
