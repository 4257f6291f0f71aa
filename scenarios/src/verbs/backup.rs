//! `backup`: a copy of what is durable is kept.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{Check, Node, Shape, shape::need},
};

const SHAPE: Shape = Shape::Fields(&[need("who", Shape::ControlPlane), need("called", Shape::Text)]);

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "backup",
    does: "a copy of what is durable at a control plane is kept, marked as a backup",
    shape: SHAPE,
    read: |node, check| {
        let (who, called) = named(node, check, "`backup`")?;
        check.backups.insert((who.clone(), called.clone()));
        verb(Backup { who, called })
    },
};

/// Reads who, and the name of the backup.
pub(super) fn named(node: &Node, check: &mut Check, what: &'static str) -> Option<(NodeId, String)> {
    let fields = check.fields(node, what, &SHAPE.names())?;
    let who = fields.need(check, "who")?;
    let called = fields.need(check, "called")?;
    Some((check.control_plane(who)?, check.text(called, "the name of a backup")?.to_owned()))
}

#[derive(Debug)]
struct Backup {
    who: NodeId,
    called: String,
}

impl Verb for Backup {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Backup(self.who.clone(), self.called.clone()))
    }
}
