//! `converged`: nobody lacks anything, and nobody has anything unsent.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{event::NodeId, language::Shape};
use strait_core::{
    node::{LaneStatus, PeerStatus},
    resource::Key,
    sync::{Dialect, Position},
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "converged",
    does: "every named zone holds global's head, global everything of theirs, and nobody has anything unsent",
    shape: Shape::Zones,
    beside: &[],
    read: |node, _, check| {
        let zones = if node.is_list() {
            let mut zones = Vec::new();
            for item in check.items(node, "`converged`") {
                zones.push(check.speaker(item)?);
            }
            if zones.is_empty() {
                check.mistake(node.place, "`converged` names no zone", "such as `all`, or `[east, west]`");
                return None;
            }
            zones
        } else if node.is("all") {
            check.zones.keys().cloned().map(NodeId::Zone).collect()
        } else {
            vec![check.speaker(node)?]
        };
        condition(Converged { zones })
    },
};

#[derive(Debug)]
struct Converged {
    zones: Vec<NodeId>,
}

impl Condition for Converged {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        self.zones.iter().try_for_each(|zone| is_converged(scene, zone).and_then(|()| nothing_is_refused(scene, zone)))
    }
}

/// Whether one zone and global hold everything of each other.
///
/// # Errors
/// Says what is missing.
pub(crate) fn is_converged(scene: &Scene<'_>, zone: &NodeId) -> Result<(), String> {
    let global = scene.observe(&NodeId::Global)?;
    let here = scene.observe(zone)?;
    let from_global = zone.zone().and_then(|claimed| global.peers.get(claimed));
    let (Some(from_global), Some(from_zone)) = (from_global, scene.sync_of(zone)?) else {
        return Err(format!("{zone} has never had a session"));
    };
    if from_global.session.is_none() || from_zone.session.is_none() {
        return Err(format!("{zone} has no session"));
    }
    if let Some(reason) = from_global.waiting {
        return Err(format!("{zone} waits: {reason}"));
    }
    if let Some(reason) = from_zone.consumed.frozen.or(from_global.consumed.frozen) {
        return Err(format!("{zone} is frozen: {reason}"));
    }
    let straits = scene.scenario.global == Dialect::Strait && scene.scenario.dialect(zone) == Dialect::Strait;
    if straits {
        reaches(&from_zone.consumed, global.head, || format!("{zone} holds of global's history"))?;
        reaches(&from_global.consumed, here.head, || format!("global holds of {zone}'s history"))?;
    }
    match (from_global.provided.settled, from_zone.provided.settled) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("global has something for {zone} that is not acknowledged")),
        (_, false) => Err(format!("{zone} has something for global that is not acknowledged")),
    }
}

/// Whether both take everything of each other.
fn nothing_is_refused(scene: &Scene<'_>, zone: &NodeId) -> Result<(), String> {
    match refused(scene, zone).next() {
        Some((key, why)) => Err(format!("{key} is refused: {why}")),
        None => Ok(()),
    }
}

/// What one of the two refuses of the other, and why.
pub(crate) fn refused<'a>(scene: &Scene<'a>, zone: &NodeId) -> impl Iterator<Item = (&'a Key, &'a str)> {
    let ends = [scene.observe(&NodeId::Global).ok(), scene.observe(zone).ok()].into_iter().flatten();
    let peers: Vec<&'a PeerStatus> = ends.filter_map(|end| end.peers.get(zone.zone()?)).collect();
    peers.into_iter().flat_map(|peer| peer.rejected.iter().map(|(key, rejection)| (key, rejection.why.as_str())))
}

fn reaches(lane: &LaneStatus, head: Option<Position>, what: impl FnOnce() -> String) -> Result<(), String> {
    let text = |position: Option<Position>| position.map_or_else(|| "nothing".to_owned(), |position| position.to_string());
    if lane.position == head { Ok(()) } else { Err(format!("{} {}, the head is {}", what(), text(lane.position), text(head))) }
}
