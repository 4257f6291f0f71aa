//! `denied`: what a workload asks is refused by a permission, not by accident.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    language::{
        Shape,
        asks::{ask, asks},
    },
    workload::{Answer, Ask},
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "denied",
    does: "a request is refused by a permission, not by accident; over tcp: it is closed with nothing said, and by what the zone holds a permission may have refused it",
    shape: Shape::Fields(asks![]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`denied`", &FACTS.shape.names())?;
        condition(Denied(ask(&fields, check)?))
    },
};

#[derive(Debug)]
struct Denied(Ask);

impl Condition for Denied {
    fn asks(&self) -> Option<&Ask> {
        Some(&self.0)
    }

    fn judges(&self, answer: &Answer, _scene: &Scene<'_>) -> Result<(), String> {
        if *answer == Answer::Denied { Ok(()) } else { Err(answer.to_string()) }
    }
}
