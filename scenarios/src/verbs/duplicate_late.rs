//! `duplicate_late`: what a session had in flight arrives again after the next one began.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{cannot::Capability, language::Shape};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "duplicate_late",
    does: "what the zone's session has in flight arrives again, twice, once its next session has begun; between Straits then a third time, as if the new session said it",
    shape: Shape::Zone,
    read: |node, check| verb(DuplicateLate(check.zone(node)?)),
};

#[derive(Debug)]
struct DuplicateLate(strait_core::resource::ZoneName);

impl Verb for DuplicateLate {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::DuplicateLate(self.0.clone()))
    }

    fn needs(&self) -> Option<Capability> {
        Some(Capability::DuplicateLate)
    }
}
