//! S9, ack truth: what one end believes the other to hold is never beyond what the other would recover.
//!
//! A belief may be old: the other end may have lost its disk since. But its disk once had what is believed.
use super::{Broken, Invariant};
use crate::event::{Event, NodeId, What};
use crate::oracle::{
    image::Difference,
    truth::{Happened, Truth},
    turns::Turn,
};
use std::collections::BTreeMap;
use strait_core::{
    node::ObservationChange,
    resource::ZoneName,
    sync::{Lane, Position},
};

/// S9.
#[derive(Debug, Default)]
pub(super) struct AckTruth {
    /// The furthest positions that a node has ever durably held on the lane of a zone; several where histories forked.
    furthest: BTreeMap<(NodeId, ZoneName), Vec<Position>>,
    /// Who spoke for each zone on global when what is judged was told: what global says before it takes another session is of the old one.
    spoke: BTreeMap<ZoneName, NodeId>,
}

impl AckTruth {
    fn reach(&mut self, truth: &Truth, Happened { event, seen, .. }: &Happened<'_>) {
        let node = &event.node;
        for became in &seen.became {
            if let Difference::Floor { zone, after: Some(after), .. } = &became.what {
                let owner = owner(node, zone);
                let tree = &truth.tree;
                let furthest = self.furthest.entry((node.clone(), zone.clone())).or_default();
                if !furthest.iter().any(|held| tree.leads(&owner, *after, *held)) {
                    furthest.retain(|held| !tree.leads(&owner, *held, *after));
                    furthest.push(*after);
                }
            }
        }
    }

    fn judge(&self, truth: &Truth, event: &Event, zone: &ZoneName, believed: Option<Position>) -> Result<(), Broken> {
        let Some(believed) = believed else {
            return Ok(());
        };
        let spoke = || self.spoke.get(zone).cloned().unwrap_or_else(|| NodeId::Zone(zone.clone()));
        let holder = if event.node == NodeId::Global { spoke() } else { NodeId::Global };
        let furthest = self.furthest.get(&(holder.clone(), zone.clone())).map(Vec::as_slice).unwrap_or_default();
        if furthest.iter().any(|held| truth.tree.leads(&event.node, believed, *held)) {
            return Ok(());
        }
        let now = truth.disks.image(&holder).and_then(|image| image.floors.get(zone));
        let now = now.map_or_else(|| "nothing".to_owned(), |now| truth.tree.describe(&event.node, *now));
        let believed = truth.tree.describe(&event.node, believed);
        let what =
            format!("it believes that {holder} holds its history up to {believed}; the disk of {holder} has {now}, and never had more");
        Err(Broken { at: event.at, node: format!("{} about {holder}", event.node), what })
    }
}

impl Invariant for AckTruth {
    fn id(&self) -> &'static str {
        "S9"
    }

    fn slug(&self) -> &'static str {
        "ack-truth"
    }

    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let event = happened.event;
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        self.reach(truth, happened);
        if let What::Started { observation, .. } = &event.what {
            observation.peers.iter().try_for_each(|(zone, peer)| self.judge(truth, event, zone, peer.provided.position))?;
        }
        let provides = if event.node == NodeId::Global { Lane::Down } else { Lane::Up };
        happened.turns.iter().try_for_each(|turn| match turn {
            Turn::Observed(ObservationChange::Opened { zone, .. }) if event.node == NodeId::Global => {
                self.spoke.insert(zone.clone(), truth.owners.speaker(zone));
                Ok(())
            }
            Turn::Observed(ObservationChange::Lane { zone, lane, status }) if *lane == provides => {
                self.judge(truth, event, zone, status.position)
            }
            _ => Ok(()),
        })
    }
}

/// Whose history is held on the lane of `zone` at `node`.
fn owner(node: &NodeId, zone: &ZoneName) -> NodeId {
    match node {
        NodeId::Global => NodeId::Zone(zone.clone()),
        NodeId::Zone(_) | NodeId::Joined { .. } => NodeId::Global,
    }
}
