//! Clocks that are wrong: what they show at a moment of the world, and when they will show a moment.
use super::Faults;
use crate::drive::Clocks;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strait_core::time::{Mono, Now, Wall};
use tokio::{sync::watch, time::sleep};

const MILLION: u128 = 1_000_000;

/// The clocks of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClock {
    /// They run at this rate since this moment of the world, when they showed this.
    since: Mono,
    showed: Now,
    rate_ppm: i64,
}

impl HostClock {
    /// Clocks that are right in a world that begins at this moment.
    pub fn right(wall: Wall) -> Self {
        Self { since: Mono(0), showed: Now { mono: Mono(0), wall }, rate_ppm: 0 }
    }

    /// What they show at a moment of the world.
    pub fn at(&self, world: Mono) -> Now {
        let passed = u128::from(world.0.saturating_sub(self.since.0)) * self.speed() / MILLION;
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Now { mono: Mono(self.showed.mono.0.saturating_add(passed)), wall: Wall(self.showed.wall.0.saturating_add(passed)) }
    }

    /// The moment of the world from which on they show `mono`.
    pub fn reach(&self, mono: Mono) -> Mono {
        let ahead = u128::from(mono.0.saturating_sub(self.showed.mono.0)) * MILLION;
        Mono(self.since.0.saturating_add(u64::try_from(ahead.div_ceil(self.speed())).unwrap_or(u64::MAX)))
    }

    /// From a moment of the world on the wall clock shows so many milliseconds more (or less). Timers do not notice.
    pub fn jump(&mut self, world: Mono, ms: i64) {
        (self.showed, self.since) = (self.at(world), world);
        self.showed.wall = Wall(self.showed.wall.0.saturating_add_signed(ms));
    }

    /// From a moment of the world on both clocks run faster than the world's (or slower), by so many parts in a million.
    pub fn run_at(&mut self, world: Mono, rate_ppm: i64) {
        (self.showed, self.since) = (self.at(world), world);
        self.rate_ppm = rate_ppm;
    }

    /// How many of their milliseconds pass in a million of the world's. Never zero.
    fn speed(&self) -> u128 {
        MILLION.saturating_add_signed(self.rate_ppm.into()).max(1)
    }
}

/// The clocks of the host that a process in a testbed runs on.
#[derive(Clone, Debug)]
pub struct TestbedClock {
    faults: watch::Receiver<Faults>,
}

impl TestbedClock {
    pub(super) fn new(faults: watch::Receiver<Faults>) -> Self {
        Self { faults }
    }

    fn world(&self) -> Duration {
        Duration::from_nanos(monotonic_ns().saturating_sub(self.faults.borrow().began_ns))
    }
}

impl Clocks for TestbedClock {
    fn now(&self) -> Now {
        let world = Mono(0).after(self.world());
        self.faults.borrow().clock.at(world)
    }

    async fn reach(&self, at: Mono) {
        let mut faults = self.faults.clone();
        loop {
            let due = Duration::from_millis(faults.borrow_and_update().clock.reach(at).0);
            let left = due.saturating_sub(self.world());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                () = sleep(left) => {}
                changed = faults.changed() => if changed.is_err() {
                    // The process ends.
                    return std::future::pending().await;
                },
            }
        }
    }
}

/// What the machine's monotonic clock shows: the same for all processes.
pub fn monotonic_ns() -> u64 {
    let shown = clock_gettime(ClockId::Monotonic);
    u64::try_from(i128::from(shown.tv_sec) * 1_000_000_000 + i128::from(shown.tv_nsec)).unwrap_or_default()
}
