//! `stale`: the measured age of what a zone holds.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{Shape, shape::may},
};
use std::time::Duration;
use strait_core::resource::ZoneName;

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "stale",
    does: "so old may be what the zone holds of global, as global measures it (while global is away: as the zone does)",
    shape: Shape::Zone,
    beside: &[may("at_least", Shape::Duration), may("at_most", Shape::Duration)],
    read: |node, fields, check| {
        let zone = check.zone(node)?;
        let mut bound = |field: &str| match fields.get(field) {
            Some(node) => check.duration(node, field).map(Some),
            None => Some(None),
        };
        let (at_least, at_most) = (bound("at_least")?, bound("at_most")?);
        if at_least.is_none() && at_most.is_none() {
            check.mistake(fields.place(), "`stale` needs a bound", "`at_least`, `at_most`, or both");
            return None;
        }
        condition(Stale { zone, at_least, at_most })
    },
};

#[derive(Debug)]
struct Stale {
    zone: ZoneName,
    at_least: Option<Duration>,
    at_most: Option<Duration>,
}

impl Condition for Stale {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let (who, lane) = match scene.observe(&NodeId::Global) {
            Ok(global) => (NodeId::Global, global.peers.get(&self.zone).map(|peer| &peer.provided)),
            Err(_) => {
                let here = scene.zone(&self.zone)?;
                (NodeId::Zone(self.zone.clone()), here.peers.get(&self.zone).map(|peer| &peer.consumed))
            }
        };
        let age = lane.and_then(|lane| lane.staleness(scene.world.clock_of(&who).mono));
        match age {
            None => Err(format!("{} was never known to be current", self.zone)),
            Some(age) if self.at_least.is_some_and(|bound| age < bound) => Err(format!("{} is {age:?} behind", self.zone)),
            Some(age) if self.at_most.is_some_and(|bound| age > bound) => Err(format!("{} is {age:?} behind", self.zone)),
            Some(_) => Ok(()),
        }
    }
}
