//! Operators' adoptions that wait for the transfer that completes them.
//!
//! To take another history, whatever it is, lives in the memory of a zone until the next transfer is applied, or the process ends. Global
//! keeps it durably.
use super::{
    disk::{Disks, Seen},
    image::Difference,
    turns::Turn,
};
use crate::event::NodeId;
use std::collections::BTreeMap;
use strait_core::{Lsn, node::Operation, resource::ZoneName};

/// Adoptions that wait, by the node that consumes and the zone whose lane it is.
#[derive(Debug, Default)]
pub(crate) struct Adoptions {
    /// The last batch submitted when the operator spoke.
    waiting: BTreeMap<(NodeId, ZoneName), Vec<Lsn>>,
}

impl Adoptions {
    /// Notes what an operator says.
    pub(crate) fn hear(&mut self, node: &NodeId, turn: &Turn<'_>, disks: &Disks) {
        let ((Turn::Operated(Operation::Adopt), Some(zone)) | (Turn::Operated(Operation::AdoptZone(zone)), None)) = (turn, node.zone())
        else {
            return;
        };
        self.waiting.entry((node.clone(), zone.clone())).or_default().push(disks.submitted(node));
    }

    /// Whether one waits.
    pub(crate) fn waits(&self, node: &NodeId, zone: &ZoneName) -> bool {
        self.waiting.get(&(node.clone(), zone.clone())).is_some_and(|waiting| !waiting.is_empty())
    }

    /// The floor of a lane moved by this batch. Says whether that completes an adoption.
    pub(crate) fn complete(&mut self, node: &NodeId, zone: &ZoneName, by: Lsn) -> bool {
        let Some(waiting) = self.waiting.get_mut(&(node.clone(), zone.clone())) else {
            return false;
        };
        let before = waiting.len();
        waiting.retain(|issued| *issued >= by);
        waiting.len() != before
    }

    /// Completes what an event completes, where nobody asks which.
    pub(crate) fn see(&mut self, node: &NodeId, seen: &Seen) {
        for became in &seen.became {
            if let Difference::Floor { zone, .. } = &became.what {
                self.complete(node, zone, became.lsn);
            }
        }
        if seen.began {
            self.forget(node);
        }
    }

    /// A process began: a zone remembers nothing, global what it has answered.
    pub(crate) fn forget(&mut self, node: &NodeId) {
        self.waiting.retain(|(waits, _), _| waits != node || *node == NodeId::Global);
        if *node == NodeId::Global {
            self.waiting.values_mut().flatten().for_each(|issued| *issued = Lsn(0));
        }
    }
}
