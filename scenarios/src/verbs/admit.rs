//! `admit`: an operator lets a plain Kuma zone in.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape};
use strait_core::{node::Operation, resource::ZoneName, sync::Dialect};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "admit",
    does: "an operator of global lets a plain Kuma zone in, which sends no token",
    shape: Shape::Zone,
    read: |node, check| {
        let zone = check.zone(node)?;
        if check.zones.get(&zone) != Some(&Dialect::Kuma) {
            check.mistake(
                node.place,
                format!("zone `{zone}` is a Strait: it needs no admission"),
                "only zones with `dialect: kuma` are admitted",
            );
            return None;
        }
        verb(Admit(zone))
    },
};

#[derive(Debug)]
struct Admit(ZoneName);

impl Verb for Admit {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Operate { at: NodeId::Global, operation: Operation::Admit(self.0.clone()) })
    }
}
