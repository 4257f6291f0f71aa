//! Envoy is told to let connections end.
use super::admin::post;
use std::net::SocketAddr;

/// It fails its health checks, so that others send it no more; and asks those who are connected to go. Without `skip_exit` it would close its
/// listeners when its drain time is over, while those who came late are still there.
const STEPS: [&str; 2] = ["/healthcheck/fail", "/drain_listeners?graceful&skip_exit"];

/// Tells it so, over its own interface.
pub(super) async fn drain(admin: SocketAddr) -> Result<(), String> {
    for step in STEPS {
        post(admin, step).await?;
    }
    Ok(())
}
