//! `downgrade`: a control plane that was upgraded is replaced by one of the build that it had at first.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{event::NodeId, language::Shape, world::Disk};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "downgrade",
    does: "the process of a zone that was upgraded ends, and one of the build starts that it had at first, with the same disk",
    shape: Shape::Zone,
    read: |node, check| {
        let who = check.control_plane(node)?;
        if !who.zone().is_some_and(|zone| check.lacks.contains(zone)) {
            check.mistake(node.place, format!("there is no older build of {who}"), "one has `lacks: [FEATURE]` in the topology");
            return None;
        }
        verb(Downgrade { who })
    },
};

#[derive(Debug)]
struct Downgrade {
    who: NodeId,
}

impl Verb for Downgrade {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        [Act::Downgrade(self.who.clone()), Act::Restart(self.who.clone(), Disk::Kept)].into_iter().flat_map(Timed::now).collect()
    }
}
