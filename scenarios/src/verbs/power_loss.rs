//! `power_loss`: a host goes dark; what was not synced is lost or torn.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "power_loss",
    does: "a host goes dark: its connections fall silent, and what was not synced is lost or torn",
    shape: Shape::ControlPlane,
    read: |node, check| verb(PowerLoss(check.control_plane(node)?)),
};

#[derive(Debug)]
struct PowerLoss(NodeId);

impl Verb for PowerLoss {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::PowerLoss(self.0.clone()))
    }
}
