//! `remove`: an operator removes a zone.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};
use strait_core::{node::Operation, resource::ZoneName};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "remove",
    does: "an operator removes a zone: what it announced goes everywhere, and its store is refused until the zone is enabled; another store may take the name",
    shape: Shape::Zone,
    read: |node, check| verb(Remove(check.zone(node)?)),
};

#[derive(Debug)]
struct Remove(ZoneName);

impl Verb for Remove {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Operate { at: NodeId::Global, operation: Operation::Remove(self.0.clone()) })
    }
}
