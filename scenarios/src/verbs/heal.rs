//! `heal`: a link works again.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::language::{Shape, check::Line, shape::need};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "heal",
    does: "a link works again",
    shape: Shape::Fields(&[need("between", Shape::Link)]),
    read: |node, check| {
        let fields = check.fields(node, "`heal`", &["between"])?;
        let between = fields.need(check, "between")?;
        verb(Heal(check.line(between)?))
    },
};

#[derive(Debug)]
struct Heal(Line);

impl Verb for Heal {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(match &self.0 {
            Line::Up(zone) => Act::Heal(zone.clone()),
            Line::Between(pair) => Act::HealBetween(pair.clone()),
        })
    }
}
