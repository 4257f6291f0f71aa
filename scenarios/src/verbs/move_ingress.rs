//! `move`: an ingress gets another address.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{language::Shape, workload::ProxyId};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "move",
    does: "an ingress ends where it is, and starts on another host, which has another address; the next time it goes back",
    shape: Shape::Ingress,
    read: |node, check| {
        let ingress = check.ingress(node)?;
        check.moves.insert(ingress.clone());
        verb(Move(ingress))
    },
};

#[derive(Debug)]
struct Move(ProxyId);

impl Verb for Move {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::MoveIngress(self.0.clone()))
    }
}
