//! `disable`: an operator withholds what a zone exports.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};
use strait_core::{node::Operation, resource::ZoneName};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "disable",
    does: "an operator withholds what a zone exports from the other zones; its own session goes on",
    shape: Shape::Zone,
    read: |node, check| verb(Disable(check.zone(node)?)),
};

#[derive(Debug)]
struct Disable(ZoneName);

impl Verb for Disable {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Operate { at: NodeId::Global, operation: Operation::Disable(self.0.clone()) })
    }
}
