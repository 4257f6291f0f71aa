//! The clocks of hosts in simulated worlds.
use strait_core::time::{Mono, Wall};
use strait_scenarios::world::Skew;
use strait_shell::testbed::HostClock;

/// Unix time when the world begins: 2026-01-01.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

/// Clocks that are right.
pub(crate) fn right() -> HostClock {
    HostClock::right(Wall(EPOCH_MS))
}

/// They go otherwise from a moment of the world on.
pub(crate) fn skewed(mut clock: HostClock, world: Mono, skew: Skew) -> HostClock {
    match skew {
        Skew::ByMs(ms) => clock.jump(world, ms),
        Skew::RatePpm(ppm) => clock.run_at(world, ppm),
    }
    clock
}
