//! `request`: a workload asks once. What comes of it is judged by the invariants alone.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Shape,
        asks::{ask, asks},
    },
    workload::Ask,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "request",
    does: "a workload asks once; the step lasts until it is answered, however that is",
    shape: Shape::Fields(asks![]),
    read: |node, check| {
        let fields = check.fields(node, "`request`", &FACTS.shape.names())?;
        verb(Request(ask(&fields, check)?))
    },
};

#[derive(Debug)]
struct Request(Ask);

impl Verb for Request {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Ask(self.0.clone()))
    }
}
