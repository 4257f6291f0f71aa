//! `upgrade`: a control plane is replaced by one of a newer build, which understands what the one before did not.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape, world::Disk};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "upgrade",
    does: "the process of a zone that `lacks` something ends, and one of a newer build starts, which understands it, with the same disk",
    shape: Shape::Zone,
    read: |node, check| {
        let who = check.control_plane(node)?;
        if !who.zone().is_some_and(|zone| check.lacks.contains(zone)) {
            check.mistake(node.place, format!("{who} understands everything"), "it has `lacks: [FEATURE]` in the topology");
            return None;
        }
        verb(Upgrade { who })
    },
};

#[derive(Debug)]
struct Upgrade {
    who: NodeId,
}

impl Verb for Upgrade {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        [Act::Upgrade(self.who.clone()), Act::Restart(self.who.clone(), Disk::Kept)].into_iter().flat_map(Timed::now).collect()
    }
}
