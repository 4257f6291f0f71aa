//! Time is handed in as two integers. `Mono` drives every timer; `Wall` is for people and certificates.
//!
//! Both are plain numbers rather than `std::time::Instant`, so that they can be printed, stored in a trace and
//! compared between two runs.
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// Milliseconds since this process (or simulated world) began. Drives every timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(pub u64);

impl Mono {
    /// This moment plus `duration`, which counts in whole milliseconds.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Mono {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

/// Unix time in milliseconds. For display and certificate dates; orders nothing, hence no `Ord`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub u64);

/// The two clocks at the moment of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Drives timers.
    pub mono: Mono,
    /// Is shown to people.
    pub wall: Wall,
}
