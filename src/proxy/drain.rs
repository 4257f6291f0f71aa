//! Envoy is told to let connections end.
use http_body_util::Empty;
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long it may take to be told.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// It fails its health checks, so that others send it no more; and asks those who are connected to go. Without `skip_exit` it would close its
/// listeners when its drain time is over, while those who came late are still there.
const STEPS: [&str; 2] = ["/healthcheck/fail", "/drain_listeners?graceful&skip_exit"];

/// Tells it so, over its own interface.
pub(super) async fn drain(admin: SocketAddr) -> Result<(), String> {
    for step in STEPS {
        match timeout(TOLD_WITHIN, post(admin, step)).await {
            Ok(Ok(StatusCode::OK)) => {}
            Ok(Ok(status)) => return Err(format!("POST {step}: {status}")),
            Ok(Err(error)) => return Err(format!("POST {step}: {error}")),
            Err(_) => return Err(format!("POST {step}: there was no answer within {} s", TOLD_WITHIN.as_secs())),
        }
    }
    Ok(())
}

async fn post(admin: SocketAddr, path: &str) -> Result<StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(admin).await?;
    let (mut sender, connection) = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post(path).header(HOST, admin.to_string()).body(Empty::new())?;
    Ok(sender.send_request(request).await?.status())
}
