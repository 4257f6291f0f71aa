//! What a run cost: counted work, by whom and to whom. Drawn from events, for all worlds alike.
mod meter;
mod sessions;
mod stores;

pub use meter::Meter;
pub(crate) use meter::emits;
pub(crate) use sessions::Unanswered;
pub use stores::StoreMeter;

use crate::event::{Event, NodeId};
use std::{collections::BTreeMap, time::Duration};
use strait_core::sync::{Request, Response};

/// Dials are counted within so much time: the bound on them speaks of the same.
pub const DIAL_WINDOW: Duration = Duration::from_millis(50);

/// Weighs messages as they are on the wire, before compression and framing.
pub trait Scale {
    /// The size of a request in bytes.
    fn request(&mut self, request: &Request) -> u64;

    /// The size of a response in bytes.
    fn response(&mut self, response: &Response) -> u64;
}

/// Counted work since a world began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Messages that left, by sender and receiver.
    pub links: BTreeMap<(NodeId, NodeId), LinkMeter>,
    /// Dials, by who dialled.
    pub dials: BTreeMap<NodeId, u64>,
    /// The most dials of all zones together within [`DIAL_WINDOW`], but for the first of each process.
    pub redials_peak: u64,
    /// Full transfers that global began: to a Strait, one that starts from nothing; to a plain Kuma, its first responses of a session.
    pub snapshots: u64,
    /// The most of them under way at once.
    pub snapshots_peak: u64,
    /// The most bytes of responses that a provider had sent on one session and that were not answered yet.
    pub session_peak: u64,
    /// The most that one step caused.
    pub emits_peak: u64,
    /// What each store holds.
    pub stores: BTreeMap<NodeId, StoreMeter>,
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
    /// What these events cost, from the beginning of a world on.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>, scale: &mut dyn Scale) -> Self {
        let mut meter = Meter::default();
        events.into_iter().for_each(|event| meter.see(event, scale));
        meter.meters
    }

    /// Adds what another run cost. Of peaks the higher remains, and of stores what held the most.
    pub(crate) fn add(&mut self, other: &Self) {
        for (link, sent) in &other.links {
            self.links.entry(link.clone()).or_default().add(*sent);
        }
        for (node, dials) in &other.dials {
            *self.dials.entry(node.clone()).or_default() += dials;
        }
        self.redials_peak = self.redials_peak.max(other.redials_peak);
        self.snapshots += other.snapshots;
        self.snapshots_peak = self.snapshots_peak.max(other.snapshots_peak);
        self.session_peak = self.session_peak.max(other.session_peak);
        self.emits_peak = self.emits_peak.max(other.emits_peak);
        for (node, store) in &other.stores {
            let held = self.stores.entry(node.clone()).or_default();
            if store.bytes_peak >= held.bytes_peak {
                *held = *store;
            }
        }
    }

    /// All dials together.
    pub fn total_dials(&self) -> u64 {
        self.dials.values().sum()
    }

    /// The store that held the most bytes.
    pub fn largest_store(&self) -> StoreMeter {
        self.stores.values().copied().max_by_key(|store| store.bytes_peak).unwrap_or_default()
    }

    /// All links together.
    pub fn total(&self) -> LinkMeter {
        self.links.values().fold(LinkMeter::default(), |mut sum, link| {
            sum.add(*link);
            sum
        })
    }
}

impl LinkMeter {
    fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.transfers += other.transfers;
    }
}
