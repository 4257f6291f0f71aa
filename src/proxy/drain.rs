//! Envoy is told to let connections end, and asked whether they have.
use super::admin::{Admin, get, post};
use std::time::Duration;
use tokio::time::sleep;

/// It fails its health checks, so that others send it no more; and asks those who are connected to go. Without `skip_exit` it would close its
/// listeners when its drain time is over, while those who came late are still there.
const STEPS: [&str; 2] = ["/healthcheck/fail", "/drain_listeners?graceful&skip_exit"];

/// Tells it so, over its own interface.
pub(super) async fn drain(admin: &Admin) -> Result<(), String> {
    for step in STEPS {
        post(admin, step).await?;
    }
    Ok(())
}

/// How often it is asked.
const ASKED_EVERY: Duration = Duration::from_millis(500);
/// The connections of each listener, `^listener.*downstream_cx_active$`: those of Envoy's own interface are among them, and those of each thread.
const CONNECTIONS: &str = "/stats?filter=%5Elistener%5C..*downstream_cx_active$";

/// Waits until no connection is left on any listener, for ever if that is not to be known.
pub(super) async fn nobody_is_there(admin: &Admin) {
    while get(admin, CONNECTIONS).await.map_or(true, |connections| !has_ended(&connections)) {
        sleep(ASKED_EVERY).await;
    }
}

/// Of Envoy's statistics, one on a line: `NAME: NUMBER`. Nothing said is no answer.
fn has_ended(connections: &str) -> bool {
    let counts = connections.lines().filter(|line| !line.starts_with("listener.admin.")).filter_map(|line| line.rsplit_once(": "));
    let mut counts = counts.map(|(_, count)| count.trim()).peekable();
    counts.peek().is_some() && counts.all(|count| count == "0")
}
