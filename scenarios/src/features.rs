//! What the build of a control plane may be too old to understand, by the names that Kuma gives these things.
//!
//! A zone says in its node's metadata what it understands, and is not sent what it does not (Kuma 2.14; `docs/hazards.md`).
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};
use strait_core::resource::{Across, Resource, labels};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Generators of names for the services that are the union over zones.
    HgMzSelector,
    /// Policies that producers make in other zones.
    ProducerPolicyFlow,
    /// Policies that do not say whom they are for, which means everybody.
    OptionalTopLevelTargetRef,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::HgMzSelector, Self::ProducerPolicyFlow, Self::OptionalTopLevelTargetRef];
    /// Their names.
    pub const NAMES: [&str; 3] = ["hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"];

    /// What a receiver must understand to be sent what global holds, as it is held or as it is sent: what a zone made says which.
    pub fn needed_for(resource: &Resource) -> BTreeSet<Self> {
        let has = |pointer: &str| resource.spec.value().is_some_and(|spec| spec.pointer(pointer).is_some());
        let is_policy = resource.kind().facts().is_some_and(|facts| facts.across == Across::Producer);
        let needs = [
            (Self::HgMzSelector, resource.kind().as_str() == "HostnameGenerator" && has("/selector/meshMultiZoneService")),
            (Self::ProducerPolicyFlow, is_policy && resource.labels.contains_key(labels::ZONE)),
            (Self::OptionalTopLevelTargetRef, is_policy && !has("/targetRef")),
        ];
        needs.into_iter().filter_map(|(feature, needed)| needed.then_some(feature)).collect()
    }

    /// Whether a build that does not understand this refuses such a resource, if it is sent one. What another zone's producers made
    /// looks like any other policy to it.
    pub fn is_refused_without(self) -> bool {
        self != Self::ProducerPolicyFlow
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

impl FromStr for Feature {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|feature| feature.to_string() == text);
        known.ok_or_else(|| format!("`{text}` is no feature: allowed are {}", Self::NAMES.join(", ")))
    }
}
