//! `pause`: a process stands still, and its kernel does not.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{cannot::Capability, event::NodeId, language::Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "pause",
    does: "a process stands still until `resume`: it takes no step and answers no ping, while its kernel takes what arrives",
    shape: Shape::ControlPlane,
    read: |node, check| verb(Pause(check.control_plane(node)?)),
};

#[derive(Debug)]
struct Pause(NodeId);

impl Verb for Pause {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Pause(self.0.clone()))
    }

    fn needs(&self) -> Option<Capability> {
        Some(Capability::Pause)
    }
}
