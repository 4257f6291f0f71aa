//! S9, ack truth: what one end believes the other to hold is never beyond what the other would recover.
//!
//! A belief may be old: the other end may have lost its disk since. But its disk once had what is believed.
use super::{Broken, Invariant};
use crate::oracle::{
    disk::{Disks, Seen},
    image::Difference,
    lineage_tree::LineageTree,
    turns::{Turn, turns},
};
use crate::{
    event::{Event, NodeId, What},
    world::Setup,
};
use std::collections::BTreeMap;
use strait_core::{
    node::ObservationChange,
    resource::ZoneName,
    sync::{Lane, Position},
};

/// S9.
pub(super) struct AckTruth {
    disks: Disks,
    tree: LineageTree,
    /// The furthest positions that a node has ever durably held on the lane of a zone; several where histories forked.
    furthest: BTreeMap<(NodeId, ZoneName), Vec<Position>>,
}

impl AckTruth {
    /// S9, for a world that begins so.
    pub(super) fn new(setup: &Setup) -> Self {
        Self { disks: Disks::positions(setup), tree: LineageTree::default(), furthest: BTreeMap::new() }
    }

    fn reach(&mut self, node: &NodeId, seen: &Seen) {
        for became in &seen.became {
            if let Difference::Floor { zone, after: Some(after), .. } = &became.what {
                let owner = owner(node, zone);
                let tree = &self.tree;
                let furthest = self.furthest.entry((node.clone(), zone.clone())).or_default();
                if !furthest.iter().any(|held| tree.leads(&owner, *after, *held)) {
                    furthest.retain(|held| !tree.leads(&owner, *held, *after));
                    furthest.push(*after);
                }
            }
        }
    }

    fn judge(&self, event: &Event, zone: &ZoneName, believed: Option<Position>) -> Result<(), Broken> {
        let Some(believed) = believed else {
            return Ok(());
        };
        let holder = if event.node == NodeId::Global { NodeId::Zone(zone.clone()) } else { NodeId::Global };
        let furthest = self.furthest.get(&(holder.clone(), zone.clone())).map(Vec::as_slice).unwrap_or_default();
        if furthest.iter().any(|held| self.tree.leads(&event.node, believed, *held)) {
            return Ok(());
        }
        let now = self.disks.image(&holder).and_then(|image| image.floors.get(zone));
        let now = now.map_or_else(|| "nothing".to_owned(), |now| self.tree.describe(&event.node, *now));
        let believed = self.tree.describe(&event.node, believed);
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

    fn see(&mut self, event: &Event) -> Result<(), Broken> {
        if !self.disks.is_ours(&event.node) {
            return Ok(());
        }
        let seen = self.disks.see(event);
        self.tree.see(&event.node, &seen);
        self.reach(&event.node, &seen);
        if let What::Started { observation, .. } = &event.what {
            observation.peers.iter().try_for_each(|(zone, peer)| self.judge(event, zone, peer.provided.position))?;
        }
        let provides = if event.node == NodeId::Global { Lane::Down } else { Lane::Up };
        turns(event).into_iter().try_for_each(|turn| match turn {
            Turn::Observed(ObservationChange::Lane { zone, lane, status }) if *lane == provides => self.judge(event, zone, status.position),
            _ => Ok(()),
        })
    }
}

/// Whose history is held on the lane of `zone` at `node`.
fn owner(node: &NodeId, zone: &ZoneName) -> NodeId {
    match node {
        NodeId::Global => NodeId::Zone(zone.clone()),
        NodeId::Zone(_) => NodeId::Global,
    }
}
