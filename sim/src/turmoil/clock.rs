//! The clocks of a process on a host, which may be wrong, and may become so while somebody waits for them.
use super::host::{Host, Shared, locked};
use strait_core::time::{Mono, Now};
use strait_shell::drive::Clocks;
use tokio::time::{Instant, sleep_until};

/// The world's own time, as a process on one host can tell it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorldTime {
    began: Instant,
    at: Mono,
}

impl WorldTime {
    /// It is `at` now.
    pub(super) fn showing(at: Mono) -> Self {
        Self { began: Instant::now(), at }
    }

    pub(super) fn now(&self) -> Mono {
        self.at.after(self.began.elapsed())
    }

    /// When it will be `at`.
    fn instant(&self, at: Mono) -> Option<Instant> {
        self.began.checked_add(at.since(self.at))
    }
}

/// What the clocks of the host show to its process.
#[derive(Clone)]
pub(super) struct SkewedClocks {
    pub(super) world: WorldTime,
    pub(super) host: Shared<Host>,
}

impl Clocks for SkewedClocks {
    fn now(&self) -> Now {
        locked(&self.host).clock.at(self.world.now())
    }

    async fn reach(&self, at: Mono) {
        let mut skewed = locked(&self.host).skewed.subscribe();
        loop {
            let Some(instant) = self.world.instant(locked(&self.host).clock.reach(at)) else {
                return std::future::pending().await;
            };
            tokio::select! {
                biased;
                () = sleep_until(instant) => return,
                changed = skewed.changed() => if changed.is_err() {
                    // The host is no more.
                    return std::future::pending().await;
                },
            }
        }
    }
}
