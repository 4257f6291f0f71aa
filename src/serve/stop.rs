//! When a process is to stop.
use tokio::signal::unix::{SignalKind, signal};

/// Resolves when somebody asks: Ctrl-C, or SIGTERM.
pub(super) async fn asked() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    let name = tokio::select! {
        _ = interrupt.recv() => "interrupt",
        _ = terminate.recv() => "terminate",
    };
    tracing::info!(signal = name, "stopping");
}
