//! `frozen` and `thawed`: whether a lane of a zone takes nothing until an operator decides.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{Shape, shape::may},
};
use strait_core::node::FreezeReason;

const REASONS: &[(&str, FreezeReason)] =
    &[("forked", FreezeReason::Forked), ("mesh-missing", FreezeReason::MeshMissing), ("mass-removal", FreezeReason::MassRemoval)];

pub(super) const FROZEN: ConditionFacts = ConditionFacts {
    name: "frozen",
    does: "the zone takes nothing from global, or global nothing from it, and the reason is visible",
    shape: Shape::Zone,
    beside: &[may("because", Shape::Choice(&["forked", "mesh-missing", "mass-removal"]))],
    read: |node, fields, check| {
        let zone = check.speaker(node)?;
        let because = match fields.get("because") {
            Some(node) => {
                let chosen = check.choice(node, "reason", &["forked", "mesh-missing", "mass-removal"])?;
                REASONS.iter().find(|(name, _)| *name == chosen).map(|(_, reason)| *reason)
            }
            None => None,
        };
        condition(Frozen { zone, because })
    },
};

pub(super) const THAWED: ConditionFacts = ConditionFacts {
    name: "thawed",
    does: "neither the zone nor global holds the other's lane frozen",
    shape: Shape::Zone,
    beside: &[],
    read: |node, _, check| condition(Thawed(check.speaker(node)?)),
};

#[derive(Debug)]
struct Frozen {
    zone: NodeId,
    because: Option<FreezeReason>,
}

#[derive(Debug)]
struct Thawed(NodeId);

impl Condition for Frozen {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let reasons = reasons(scene, &self.zone);
        match (reasons.as_slice(), self.because) {
            ([], _) => Err(format!("{} is not frozen", self.zone)),
            (reasons, Some(because)) if !reasons.contains(&because) => Err(format!("{} is frozen because it is {}", self.zone, reasons[0])),
            _ => Ok(()),
        }
    }
}

impl Condition for Thawed {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        match reasons(scene, &self.0).first() {
            Some(reason) => Err(format!("{} is frozen: {reason}", self.0)),
            None => Ok(()),
        }
    }
}

/// What either end shows.
fn reasons(scene: &Scene<'_>, zone: &NodeId) -> Vec<FreezeReason> {
    let of = |end: &NodeId| scene.observe(end).ok()?.peers.get(zone.zone()?)?.consumed.frozen;
    [zone, &NodeId::Global].into_iter().filter_map(of).collect()
}
