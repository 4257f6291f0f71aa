//! Envoy's own interface, over which it is told and asked things.
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Method, Request, StatusCode, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long it may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// A longer answer is none, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// Tells it something.
pub(super) async fn post(admin: SocketAddr, path: &str) -> Result<(), String> {
    exchange(Method::POST, admin, path).await.map(drop)
}

/// Asks it for something.
pub(super) async fn get(admin: SocketAddr, path: &str) -> Result<String, String> {
    exchange(Method::GET, admin, path).await
}

async fn exchange(method: Method, admin: SocketAddr, path: &str) -> Result<String, String> {
    let what = format!("{method} {path}");
    match timeout(ANSWERS_WITHIN, answered(method, admin, path)).await {
        Ok(Ok((StatusCode::OK, text))) => Ok(text),
        Ok(Ok((status, _))) => Err(format!("{what}: {status}")),
        Ok(Err(error)) => Err(format!("{what}: {error}")),
        Err(_) => Err(format!("{what}: there was no answer within {} s", ANSWERS_WITHIN.as_secs())),
    }
}

async fn answered(method: Method, admin: SocketAddr, path: &str) -> Result<(StatusCode, String), Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(admin).await?;
    let (mut sender, connection) = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(HOST, admin.to_string()).body(Empty::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
