//! `crash`: a process will crash in the middle of what it does next.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    cannot::Capability,
    event::NodeId,
    language::{
        Shape,
        shape::{may, need},
    },
    world::Unstored,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "crash",
    does: "a process will crash right after so many more of its effects and batches, with this outcome for what was not stored (`kept` if left out), and come back a second later",
    shape: Shape::Fields(&[
        need("who", Shape::ControlPlane),
        need("after", Shape::Number),
        may("disk", Shape::Choice(&["kept", "torn", "lost"])),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`crash`", &FACTS.shape.names())?;
        let who = fields.need(check, "who").and_then(|who| check.control_plane(who));
        let counted = fields.need(check, "after")?;
        let after = check.number(counted, "`after`")?;
        if after == 0 {
            check.mistake(counted.place, "`after` is counted from 1", "such as 1: after the next effect");
            return None;
        }
        let unstored = match fields.get("disk") {
            None => Unstored::Kept,
            Some(disk) => match check.choice(disk, "outcome for a disk", &["kept", "torn", "lost"])? {
                "kept" => Unstored::Kept,
                "torn" => Unstored::Torn,
                _ => Unstored::Lost,
            },
        };
        verb(Crash { who: who?, after, unstored })
    },
};

#[derive(Debug)]
struct Crash {
    who: NodeId,
    after: u64,
    unstored: Unstored,
}

impl Verb for Crash {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::CrashAfterEmit(self.who.clone(), self.after, self.unstored))
    }

    fn needs(&self) -> Option<Capability> {
        Some(Capability::CrashPoints)
    }
}
