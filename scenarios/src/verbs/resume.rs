//! `resume`: a process that was paused goes on.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{cannot::Capability, event::NodeId, language::Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "resume",
    does: "a paused process goes on: it finds what came meanwhile, and timers that passed fire, once",
    shape: Shape::ControlPlane,
    read: |node, check| verb(Resume(check.control_plane(node)?)),
};

#[derive(Debug)]
struct Resume(NodeId);

impl Verb for Resume {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Resume(self.0.clone()))
    }

    fn needs(&self) -> Option<Capability> {
        Some(Capability::Pause)
    }
}
