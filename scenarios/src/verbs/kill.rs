//! `kill`: a process ends; what it wrote reaches its disk.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "kill",
    does: "a process ends: the kernel closes its connections, and what it wrote reaches its disk",
    shape: Shape::ControlPlane,
    read: |node, check| verb(Kill(check.control_plane(node)?)),
};

#[derive(Debug)]
struct Kill(NodeId);

impl Verb for Kill {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Kill(self.0.clone()))
    }
}
