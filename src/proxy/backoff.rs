//! Pauses between attempts.
use std::time::Duration;

/// Who lived so long is no longer blamed for how it ended before.
const FORGIVEN_AFTER: Duration = Duration::from_secs(60);

/// Pauses that double, up to a longest one.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// How long to wait now.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause
    }

    /// How long to wait after something that lived so long.
    pub(super) fn pause_after(&mut self, lived: Duration) -> Duration {
        if lived >= FORGIVEN_AFTER {
            self.next = self.first;
        }
        self.pause()
    }
}
