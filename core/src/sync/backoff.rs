//! How long to wait before the next dial.
use super::{Dialect, clocks};
use rand::{RngExt, rngs::ChaCha8Rng};
use std::time::Duration;

/// The wait before attempt `attempt` (the first is 1, and follows the first failure).
///
/// Towards Strait: doubling with full jitter, so that zones that lost global together do not come back together.
/// Towards Kuma: the rule of Kuma's own zones, doubling with additive jitter.
pub(crate) fn wait(dialect: Dialect, attempt: u32, rng: &mut ChaCha8Rng) -> Duration {
    let doubled = |base: Duration, cap: Duration| base.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(cap);
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    match dialect {
        Dialect::Strait => {
            let longest = doubled(clocks::BACKOFF_BASE, clocks::BACKOFF_CAP);
            Duration::from_millis(rng.random_range(0..=millis(longest)))
        }
        Dialect::Kuma => {
            let jitter = millis(clocks::KUMA_BACKOFF_JITTER);
            let middle = millis(doubled(clocks::KUMA_BACKOFF_BASE, clocks::KUMA_BACKOFF_CAP));
            Duration::from_millis((middle + rng.random_range(0..=2 * jitter)).saturating_sub(jitter))
        }
    }
}
