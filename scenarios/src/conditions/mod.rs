//! The conditions: what a scenario can expect, or forbid, one file each.
mod converged;
mod denied;
mod endpoints;
mod fails;
mod frozen;
mod holds;
mod meter;
mod pods;
mod proxy;
mod reaches;
mod refused;
mod rejected;
mod resolves;
mod rotation;
mod stale;
mod storing;
mod traffic;
mod trust;
mod vip;
mod waiting;

pub(crate) use converged::{is_converged, refused};
pub use meter::Counted;
pub(crate) use meter::{size, thousandths};

use crate::{
    event::NodeId,
    features::Feature,
    language::{Check, Fields, Node, Shape, shape::Field},
    meters::Meters,
    runner::{Asks, Ledger},
    scenario::Scenario,
    workload::{Answer, Ask},
    world::World,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};
use strait_core::{
    node::{Observation, PeerStatus},
    resource::{Resource, ZoneName},
    time::Mono,
};

/// Something that can be true of a world.
pub trait Condition: fmt::Debug + Send + Sync {
    /// Whether it holds now.
    ///
    /// # Errors
    /// It does not; says what is the case instead. By default: it [has to be asked](Self::asks), and nothing is known before.
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let _ = scene;
        Err("it has to be asked".to_owned())
    }

    /// What a later expectation is to remember of this one, and by which name.
    fn remembers(&self, scene: &Scene<'_>) -> Option<(String, String)> {
        let _ = scene;
        None
    }

    /// What has to be asked to know: then [`Self::judges`] says whether it holds.
    fn asks(&self) -> Option<&Ask> {
        None
    }

    /// Whether it holds by this answer to what it asks.
    ///
    /// # Errors
    /// It does not; says what is the case instead.
    fn judges(&self, answer: &Answer, scene: &Scene<'_>) -> Result<(), String> {
        let _ = (answer, scene);
        Ok(())
    }

    /// The control plane whose word it goes by: while that is down, nothing is known. `None`: it goes by no single one.
    fn about(&self) -> Option<&NodeId> {
        None
    }

    /// The service that it is about, by what its author calls it.
    fn service(&self) -> Option<&str> {
        None
    }

    /// The traffic that it counts from the last expectation that counted it.
    fn counts_traffic(&self) -> Option<&str> {
        None
    }

    /// What it counts from the last expectation that counted it.
    fn counts(&self) -> Option<Counted> {
        None
    }
}

/// What conditions are judged by: what the nodes let know, and what was counted.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What runs.
    pub scenario: &'a Scenario,
    /// Protocol time.
    pub now: Mono,
    /// Where it runs: what a node lets know is in its own time, and its host says what that is.
    pub world: &'a dyn World,
    /// What each node that is up has let know, folded from its changes.
    pub observations: &'a BTreeMap<NodeId, Observation>,
    /// What was counted.
    pub meters: &'a Meters,
    /// What users have written.
    pub ledger: &'a Ledger,
    /// What workloads have asked.
    pub asks: &'a Asks,
    /// Who has a newer build than at first.
    pub upgraded: &'a BTreeSet<NodeId>,
}

impl<'a> Scene<'a> {
    /// Whether the build of a zone understands what it must to be sent this.
    pub(crate) fn understands(&self, who: &NodeId, resource: &Resource) -> bool {
        let lacks = who.zone().and_then(|zone| self.scenario.lacks.get(zone)).filter(|_| !self.upgraded.contains(who));
        lacks.is_none_or(|lacks| lacks.is_disjoint(&Feature::needed_for(resource)))
    }

    /// What is known of a node.
    ///
    /// # Errors
    /// It is down.
    pub fn observe(&self, who: &NodeId) -> Result<&'a Observation, String> {
        self.observations.get(who).ok_or_else(|| format!("{who} is down"))
    }

    /// What a zone control plane knows of its sync with global; `None`: it has never tried to connect.
    ///
    /// # Errors
    /// It is down.
    pub fn sync_of(&self, who: &NodeId) -> Result<Option<&'a PeerStatus>, String> {
        let here = self.observe(who)?;
        Ok(who.zone().and_then(|zone| here.peers.get(zone)))
    }

    /// What is known of a zone.
    ///
    /// # Errors
    /// It is down.
    pub fn zone(&self, zone: &ZoneName) -> Result<&'a Observation, String> {
        self.observe(&NodeId::Zone(zone.clone()))
    }
}

/// A condition as the language knows it.
pub struct ConditionFacts {
    /// Its name.
    pub name: &'static str,
    /// When it is true, in a sentence.
    pub does: &'static str,
    /// What its argument looks like.
    pub shape: Shape,
    /// What may stand beside it.
    pub beside: &'static [Field],
    /// Reads it. `None`: a mistake was noted.
    pub(crate) read: fn(&Node, &Fields<'_>, &mut Check) -> Option<Arc<dyn Condition>>,
}

/// All conditions, sorted by name.
pub const CONDITIONS: &[ConditionFacts] = &[
    meter::BYTES,
    converged::FACTS,
    denied::FACTS,
    meter::DIALS,
    endpoints::FACTS,
    fails::FACTS,
    frozen::FROZEN,
    holds::HOLDS,
    holds::LACKS,
    meter::MESSAGES,
    storing::NOT_STORING,
    pods::PODS,
    proxy::FACTS,
    reaches::FACTS,
    refused::FACTS,
    rejected::FACTS,
    resolves::FACTS,
    pods::ROLLED_OUT,
    rotation::FACTS,
    stale::FACTS,
    storing::STORING,
    frozen::THAWED,
    traffic::FACTS,
    trust::FACTS,
    vip::FACTS,
    waiting::FACTS,
];

/// Makes a condition of what was read.
fn condition(condition: impl Condition + 'static) -> Option<Arc<dyn Condition>> {
    Some(Arc::new(condition))
}

/// The text of an optional field; `None`: a mistake was noted.
fn optional_text(fields: &Fields<'_>, name: &str, check: &mut Check) -> Option<Option<String>> {
    match fields.get(name) {
        Some(node) => check.text(node, name).map(|text| Some(text.to_owned())),
        None => Some(None),
    }
}
