//! How long to wait before an API that failed is asked again: longer each time, and by chance up to as long again.
//!
//! As `kube`'s own (`watcher::DefaultBackoff`), which draws from the process; here chance is handed in, so that a simulated world repeats itself.
use std::time::Duration;
use strait_core::Seed;
use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);
/// After so long without a failure it begins anew.
const FORGETS: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct Backoff {
    seed: Seed,
    drawn: u64,
    next: Duration,
    last: Option<Instant>,
}

impl Backoff {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, drawn: 0, next: SHORTEST, last: None }
    }

    /// What was asked has been answered.
    pub(super) fn reset(&mut self) {
        self.next = SHORTEST;
    }

    /// How long to wait now.
    pub(super) fn pause(&mut self) -> Duration {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.saturating_duration_since(last) > FORGETS) {
            self.reset();
        }
        self.last = Some(now);
        self.drawn += 1;
        let at_least = self.next;
        self.next = (at_least * 2).min(LONGEST);
        let span = u64::try_from(at_least.as_millis()).unwrap_or(u64::MAX).max(1);
        at_least + Duration::from_millis(self.seed.fork(&format!("pause {}", self.drawn)).0 % span)
    }
}
