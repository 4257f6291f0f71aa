//! The truth about histories: which position follows from which, in each owner's store.
//!
//! Drawn from what became durable at the owner, not from what anyone says: where a new epoch first shows, its parent is the head
//! that the disk had before. A restored backup thus branches off where it was taken, an emptied disk begins another tree.
use super::{disk::Seen, image::Difference};
use crate::event::NodeId;
use std::collections::BTreeMap;
use strait_core::sync::{Epoch, Position};

/// The histories of all stores, by the part that their node plays: of two that claim one zone, neither follows from the other.
#[derive(Debug, Default)]
pub(crate) struct LineageTree {
    /// The position before the first write of each epoch.
    parents: BTreeMap<(NodeId, Epoch), Option<Position>>,
}

impl LineageTree {
    /// Follows what an event did to the disk of `node`. In a cluster an emptied disk may go on from what that store had before, as the cluster knows.
    pub(crate) fn see(&mut self, node: &NodeId, seen: &Seen, is_in_cluster: bool) {
        for became in &seen.became {
            if let Difference::Lineage { before, lineage } = &became.what {
                let epoch = lineage.head().epoch;
                if before.is_none_or(|before| before.epoch != epoch) {
                    let known = |epoch: &Epoch| self.parents.contains_key(&(node.part(), *epoch));
                    let earlier = lineage.starts().filter(|start| *start != epoch && is_in_cluster).filter(known).last();
                    // All that it ever wrote in that epoch: what the cluster knows is never less.
                    let goes_on = earlier.filter(|earlier| before.is_none_or(|before| before.epoch != *earlier));
                    let parent = goes_on.map_or(*before, |epoch| Some(Position { epoch, seq: u64::MAX }));
                    self.parents.entry((node.part(), epoch)).or_insert(parent);
                }
            }
        }
    }

    /// Whether `early` is `late`, or an ancestor of it, in the history of `owner`'s stores.
    pub(crate) fn leads(&self, owner: &NodeId, early: Position, late: Position) -> bool {
        let (mut at, owner) = (late, owner.part());
        loop {
            if at.epoch == early.epoch {
                return early.seq <= at.seq;
            }
            match self.parents.get(&(owner.clone(), at.epoch)) {
                Some(Some(parent)) => at = *parent,
                Some(None) | None => return false,
            }
        }
    }

    /// Where a position comes from, in words.
    pub(crate) fn describe(&self, owner: &NodeId, position: Position) -> String {
        match self.parents.get(&(owner.part(), position.epoch)) {
            Some(Some(parent)) => format!("{position} (after {parent})"),
            Some(None) => format!("{position} (of the epoch in which a history began)"),
            None => format!("{position} (which {owner} never had)"),
        }
    }
}
