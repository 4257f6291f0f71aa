//! `enable`: an operator lets a zone take part again.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};
use strait_core::{node::Operation, resource::ZoneName};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "enable",
    does: "an operator lets a zone's exports reach the other zones again, and its store in if it had been removed",
    shape: Shape::Zone,
    read: |node, check| verb(Enable(check.zone(node)?)),
};

#[derive(Debug)]
struct Enable(ZoneName);

impl Verb for Enable {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Operate { at: NodeId::Global, operation: Operation::Enable(self.0.clone()) })
    }
}
