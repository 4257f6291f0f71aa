//! `resolve`: a workload asks once where a name leads. What comes of it is judged by the invariants alone.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{Shape, shape::need},
    workload::Ask,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "resolve",
    does: "a workload asks once where a name leads; the step lasts until it is told, whatever that is",
    shape: Shape::Fields(&[need("from", Shape::Proxy), need("name", Shape::Text)]),
    read: |node, check| {
        let fields = check.fields(node, "`resolve`", &FACTS.shape.names())?;
        let from = fields.need(check, "from").and_then(|from| check.proxy(from));
        let name = fields.need(check, "name").and_then(|name| check.text(name, "a host name").map(str::to_lowercase));
        verb(Resolve(Ask::address(from?, name?)))
    },
};

#[derive(Debug)]
struct Resolve(Ask);

impl Verb for Resolve {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Ask(self.0.clone()))
    }
}
