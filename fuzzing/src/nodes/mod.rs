//! Whole nodes: whatever comes in, in whatever order, they go on; what they let know is what they say of themselves; and they start again from
//! what their disk holds at any moment.
//!
//! The input is read as decisions, a few bytes each, so that every part of an input is one. The driver keeps to its contract: sessions that the
//! node never heard of say nothing, batches are stored in their order, and what a node asks for is answered once at most.
mod global;
mod honest;
mod peer;
mod stage;
mod zone;

pub(crate) use global::GLOBAL;
pub(crate) use zone::ZONE;

use stage::Stage;
use strait_core::{Durable, GlobalNode, Node, ZoneNode, node::Observation};

/// What a zone lets know after this life: whether lives lead anywhere.
pub fn zone_after(life: &[u8]) -> Observation {
    zone::lived(life).node.observe().clone()
}

/// What a global lets know after this life.
pub fn global_after(life: &[u8]) -> Observation {
    global::lived(life).node.observe().clone()
}

/// Starts a zone from this disk, if that can be read, and lets it live for a while.
pub(crate) fn start_zone_from(disk: Durable) {
    if let Some(mut stage) = Stage::<ZoneNode>::start(zone::config(), disk) {
        stage.pass(60_000);
    }
}

/// Starts a global from this disk, if that can be read, and lets it live for a while.
pub(crate) fn start_global_from(disk: Durable) {
    if let Some(mut stage) = Stage::<GlobalNode>::start(global::config(), disk) {
        stage.pass(60_000);
    }
}

/// What the disks of zones look like.
pub(crate) fn zone_disks() -> Vec<Durable> {
    zone::seeds().iter().map(|seed| zone::lived(seed).disk).collect()
}

/// What the disk of a global looks like.
pub(crate) fn global_disks() -> Vec<Durable> {
    global::seeds().iter().map(|seed| global::lived(seed).disk).collect()
}
