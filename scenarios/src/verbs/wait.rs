//! `wait`: time passes. Rarely right: expect something instead.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::language::Shape;
use std::time::Duration;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "wait",
    does: "time passes; rarely right: expect something instead",
    shape: Shape::Duration,
    read: |node, check| verb(Wait(check.duration(node, "`wait`")?)),
};

#[derive(Debug)]
struct Wait(Duration);

impl Verb for Wait {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        vec![Timed { after: self.0, act: Act::Nothing }]
    }
}
