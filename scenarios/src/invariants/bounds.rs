//! The bounds B1 to B5, each derived here and nowhere else.
use crate::meters::DIAL_WINDOW;
use std::time::Duration;
use strait_core::{
    kubernetes::{CustomKind, ObjectKind},
    sync::{Dialect, clocks},
};

/// B1: the window of a provider is 1 MiB of resources as it estimates them. An estimate is right within a quarter, and each of at
/// most 64 parts has an envelope of less than 1 kB.
pub(super) const SESSION_BYTES: u64 = (1 << 20) / 4 * 5 + 64 * 1024;

/// B3: one zone dials so often within [`DIALS_WITHIN`] at most.
///
/// Without a useful session its waits are, on average, 0.25, 0.5, 1, 2, 4 and then 5 s, so that about 16 fit; sessions that are just
/// long enough to be useful (10 s) make it start over with six dials in 18 s, that is 20. Twice as many do not come by chance.
pub(super) const DIALS_OF_ONE: usize = 40;
/// B3: within so much time.
pub(super) const DIALS_WITHIN: Duration = Duration::from_secs(60);

/// B3: how many of so many zones dial anew within [`DIAL_WINDOW`] at most.
///
/// Right after they lost global each dials once, anywhere within the first wait, and of those that fail a part dials again within the
/// same time: at most twice the zones, spread over that wait. What chance adds is less than five standard deviations, and where few are
/// expected less than four more.
pub(super) fn redials(global: Dialect, zones: usize) -> usize {
    const CHANCE: usize = 4;
    let (spread, more) = match global {
        Dialect::Strait => (clocks::BACKOFF_BASE, 1),
        // The first wait is that long, give or take so much.
        Dialect::Kuma => (clocks::KUMA_BACKOFF_JITTER * 2, CHANCE),
    };
    let expected = 2.0 * zones as f64 * DIAL_WINDOW.as_secs_f64() / spread.as_secs_f64();
    (expected + 5.0 * expected.sqrt()) as usize + more
}

/// B3: who has been sent everything for so long may have given its place up, and what it was sent may still be under way. It is counted
/// from the first part that left, which the store may have held back for as long as a slow disk takes.
pub(super) const SNAPSHOT_TURN: Duration = clocks::SNAPSHOT_TURN.saturating_sub(Duration::from_secs(3));

/// B4: how much of what went a store remembers beside so many other records: a share of what there is or the number that is set, and four
/// times that for receivers that have not heard of it. That is so before each batch; what the last one took away comes on top.
pub(super) fn tombstones(least: usize, live: u64, taken: u64) -> u64 {
    (4 * least as u64).max(live + taken) + taken
}

/// B4: how many records of a store are of no resource: for each zone what is known of it and when it gained or lost something, that a proxy
/// brought itself along, for each, and the few about the store itself. In a cluster also the version of each kind of its objects that is known, and its history there.
pub(super) fn other_records(zones: u64, proxies: u64, is_in_cluster: bool) -> u64 {
    const OF_THE_STORE: u64 = 8;
    let kinds = (ObjectKind::ALL.len() + 2 + CustomKind::all().count()) as u64;
    2 * zones + proxies + OF_THE_STORE + if is_in_cluster { kinds } else { 0 }
}

/// B4: of how many addresses a store says whose they are, or were last, if it held so many services at once: the released ones that are
/// remembered come on top, and those that rest.
pub(super) fn vips(services: u64) -> u64 {
    const REMEMBERED: u64 = 1500;
    2 * services + REMEMBERED
}

/// B5: what one step may cause, by how much came in, how many records it writes, and how many sessions are open.
///
/// To each session, and to whoever asked: what came in, the two heartbeats, and two lanes that look different. Each record may be made
/// known. A session that may be provided for begins with all parts that its window has room for: 64, and the history before them.
pub(super) fn emits(came_in: u64, written: u64, sessions: u64) -> u64 {
    const WINDOW_PARTS: u64 = 64;
    2 * WINDOW_PARTS + (came_in + 4) * (sessions + 1) + 2 * written
}
