//! What a run cost: counted work, by whom and to whom.
use crate::event::NodeId;
use std::collections::BTreeMap;

/// Counted work of one world since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Messages that left, by sender and receiver.
    pub links: BTreeMap<(NodeId, NodeId), LinkMeter>,
    /// Dials, by who dialled.
    pub dials: BTreeMap<NodeId, u64>,
}

/// One direction of one link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkMeter {
    /// Messages that were sent.
    pub messages: u64,
    /// Their size as encoded for the wire, in bytes, before compression and framing.
    pub bytes: u64,
    /// Messages that carry resources.
    pub transfers: u64,
}

impl Meters {
    /// All links together.
    pub fn total(&self) -> LinkMeter {
        self.links.values().fold(LinkMeter::default(), |sum, link| LinkMeter {
            messages: sum.messages + link.messages,
            bytes: sum.bytes + link.bytes,
            transfers: sum.transfers + link.transfers,
        })
    }
}
