//! `waiting`: a session is open and nothing moves, for a reason that is visible.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{Shape, shape::may},
};
use strait_core::{node::WaitReason, resource::ZoneName};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "waiting",
    does: "global does not answer the zone yet, for a reason that is visible: an operator decides, or others are sent everything first",
    shape: Shape::Zone,
    beside: &[may("because", Shape::Choice(&["not-admitted", "not-adopted", "queued"]))],
    read: |node, fields, check| {
        let zone = check.zone(node)?;
        let because = match fields.get("because") {
            Some(node) => Some(match check.choice(node, "reason", &["not-admitted", "not-adopted", "queued"])? {
                "not-admitted" => WaitReason::NotAdmitted,
                "not-adopted" => WaitReason::NotAdopted,
                _ => WaitReason::Queued,
            }),
            None => None,
        };
        condition(Waiting { zone, because })
    },
};

#[derive(Debug)]
struct Waiting {
    zone: ZoneName,
    because: Option<WaitReason>,
}

impl Condition for Waiting {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let waiting = scene.observe(&NodeId::Global)?.peers.get(&self.zone).and_then(|peer| peer.waiting);
        match (waiting, self.because) {
            (None, _) => Err(format!("{} does not wait", self.zone)),
            (Some(reason), Some(because)) if reason != because => Err(format!("{} waits because it is {reason}", self.zone)),
            (Some(_), _) => Ok(()),
        }
    }
}
