//! `heal`: a link works again.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{language::Shape, language::shape::need};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "heal",
    does: "a link works again",
    shape: Shape::Fields(&[need("between", Shape::Link)]),
    read: |node, check| {
        let fields = check.fields(node, "`heal`", &["between"])?;
        let between = fields.need(check, "between")?;
        verb(Heal(check.link(between)?))
    },
};

#[derive(Debug)]
struct Heal(strait_core::resource::ZoneName);

impl Verb for Heal {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Heal(self.0.clone()))
    }
}
