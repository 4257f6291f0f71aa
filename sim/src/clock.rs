//! The clocks of one host, which may be wrong: what they show at a moment of the world, and when they will show a moment.
use strait_core::time::{Mono, Now, Wall};
use strait_scenarios::world::Skew;

/// Unix time when the world begins: 2026-01-01.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;
const MILLION: u128 = 1_000_000;

/// The clocks of one host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostClock {
    /// They run at this rate since this moment of the world, when they showed this.
    since: Mono,
    showed: Now,
    rate_ppm: i64,
}

impl HostClock {
    /// Clocks that are right.
    pub(crate) fn right() -> Self {
        Self { since: Mono(0), showed: Now { mono: Mono(0), wall: Wall(EPOCH_MS) }, rate_ppm: 0 }
    }

    /// What they show at a moment of the world.
    pub(crate) fn at(&self, world: Mono) -> Now {
        let passed = u128::from(world.0.saturating_sub(self.since.0)) * self.speed() / MILLION;
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Now { mono: Mono(self.showed.mono.0.saturating_add(passed)), wall: Wall(self.showed.wall.0.saturating_add(passed)) }
    }

    /// The moment of the world from which on they show `mono`.
    pub(crate) fn reach(&self, mono: Mono) -> Mono {
        let ahead = u128::from(mono.0.saturating_sub(self.showed.mono.0)) * MILLION;
        Mono(self.since.0.saturating_add(u64::try_from(ahead.div_ceil(self.speed())).unwrap_or(u64::MAX)))
    }

    /// They go otherwise from a moment of the world on.
    pub(crate) fn skew(&mut self, world: Mono, skew: Skew) {
        (self.showed, self.since) = (self.at(world), world);
        match skew {
            Skew::ByMs(ms) => self.showed.wall = Wall(self.showed.wall.0.saturating_add_signed(ms)),
            Skew::RatePpm(ppm) => self.rate_ppm = ppm,
        }
    }

    /// How many of their milliseconds pass in a million of the world's. Never zero.
    fn speed(&self) -> u128 {
        MILLION.saturating_add_signed(self.rate_ppm.into()).max(1)
    }
}
