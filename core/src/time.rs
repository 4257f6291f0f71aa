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

impl Wall {
    /// In UTC, as RFC 3339 and protobuf's JSON write it: `2026-01-31T23:59:59.250Z`, without the fraction where it is zero.
    pub fn rfc3339(self) -> String {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        let (days, of_day) = (seconds / 86_400, seconds % 86_400);
        // Years that begin in March, in cycles of 400: 146,097 days each. 719,468 days lie before 1970.
        let (cycle, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        format!("{:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z", cycle * 400 + year + next)
    }
}

/// The two clocks at the moment of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Drives timers.
    pub mono: Mono,
    /// Is shown to people.
    pub wall: Wall,
}
