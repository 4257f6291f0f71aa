//! `restore`: a control plane comes back from a backup.
use super::{Act, Stage, Timed, Verb, VerbFacts, backup::named, verb};
use crate::{
    event::NodeId,
    language::{Shape, shape::need},
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "restore",
    does: "a control plane's disk becomes a backup that was made of it before, and it is restarted",
    shape: Shape::Fields(&[need("who", Shape::ControlPlane), need("called", Shape::Text)]),
    read: |node, check| {
        let (who, called) = named(node, check, "`restore`")?;
        if !check.backups.contains(&(who.clone(), called.clone())) {
            check.mistake(node.place, format!("no step before makes a backup of {who} called `{called}`"), "");
            return None;
        }
        verb(Restore { who, called })
    },
};

#[derive(Debug)]
struct Restore {
    who: NodeId,
    called: String,
}

impl Verb for Restore {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Restore(self.who.clone(), self.called.clone()))
    }
}
