//! The clocks of the wire, and the bound on convergence that follows from them, in one place.
use super::Dialect;
use std::time::Duration;

/// Between Straits: how often each end of a lane says where it stands.
pub const BEAT_EVERY: Duration = Duration::from_secs(2);
/// Between Straits: a lane on which nothing was heard for this long is dead, and with it the session.
pub const DEAD_AFTER: Duration = Duration::from_secs(6);
/// HTTP/2 ping interval. Kuma closes connections that ping faster (`too_many_pings`).
pub const PING_EVERY: Duration = Duration::from_secs(15);
/// How long an HTTP/2 ping may stay unanswered.
pub const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a dial may take, transport and first answer together.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// Towards Strait: the first wait, doubling from there.
pub const BACKOFF_BASE: Duration = Duration::from_millis(500);
/// Towards Strait: the longest wait.
pub const BACKOFF_CAP: Duration = Duration::from_secs(10);
/// Towards Kuma, as its own zones do: the first wait.
pub const KUMA_BACKOFF_BASE: Duration = Duration::from_secs(5);
/// Towards Kuma: the longest wait, before jitter.
pub const KUMA_BACKOFF_CAP: Duration = Duration::from_secs(60);
/// Towards Kuma: added to or taken from each wait, uniformly.
pub const KUMA_BACKOFF_JITTER: Duration = Duration::from_secs(5);
/// A session that lasted this long was useful, so that the next wait starts small again.
pub const USEFUL_AFTER: Duration = Duration::from_secs(10);
/// Towards Kuma: as Kuma, the wait starts small again after a minute.
pub const KUMA_USEFUL_AFTER: Duration = Duration::from_secs(60);

/// A refused resource is offered again after this, doubling.
pub const RETRY_BASE: Duration = Duration::from_secs(5);
/// The longest wait before a refused resource is offered again.
pub const RETRY_CAP: Duration = Duration::from_secs(60);

/// How long a zone is sent everything while others wait for that.
pub const SNAPSHOT_TURN: Duration = Duration::from_secs(10);

/// How long until a dead connection is noticed: by heartbeat, or by ping.
pub const fn detect(dialect: Dialect) -> Duration {
    match dialect {
        Dialect::Strait => DEAD_AFTER,
        Dialect::Kuma => PING_EVERY.saturating_add(PING_TIMEOUT),
    }
}

/// The longest wait between two dials.
pub const fn longest_backoff(dialect: Dialect) -> Duration {
    match dialect {
        Dialect::Strait => BACKOFF_CAP,
        Dialect::Kuma => KUMA_BACKOFF_CAP.saturating_add(KUMA_BACKOFF_JITTER),
    }
}

/// L1: how long after the last fault a zone may take to hold global's head, on a link with this round-trip time that
/// needs `transmit` for the bytes and a store that needs `store` to write them.
///
/// A dial that began during the fault may still be under way, hence its timeout.
pub const fn converge_within(dialect: Dialect, round_trip: Duration, transmit: Duration, store: Duration) -> Duration {
    detect(dialect)
        .saturating_add(longest_backoff(dialect))
        .saturating_add(DIAL_TIMEOUT)
        .saturating_add(round_trip.saturating_mul(6))
        .saturating_add(transmit)
        .saturating_add(store.saturating_mul(4))
}
