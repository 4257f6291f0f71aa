//! When a launcher is to stop.
use super::exit::CannotRun;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, or SIGTERM. Heard from the start, so that none is lost, and one by one: the second means something else than the first.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(super) fn hear() -> Result<Self, CannotRun> {
        let hear = |kind| signal(kind).map_err(|error| CannotRun::System(format!("signals cannot be heard: {error}")));
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// Resolves with each of them, and says which.
    pub(super) async fn asked(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "interrupt",
            _ = self.terminate.recv() => "terminate",
        }
    }
}
