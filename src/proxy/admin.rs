//! Envoy's own interface, over which it is told and asked things.
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Method, Request, StatusCode, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// How long it may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// A longer answer is none, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// Where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admin {
    /// On loopback, as the `Dataplane` says.
    At(SocketAddr),
    /// A socket in a folder: whoever may use that may tell Envoy anything.
    Socket(PathBuf),
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Tells it something.
pub(super) async fn post(admin: &Admin, path: &str) -> Result<(), String> {
    match exchange(Method::POST, admin, path).await? {
        (StatusCode::OK, _) => Ok(()),
        (status, _) => Err(format!("POST {path}: {status}")),
    }
}

/// Asks it for something.
pub(super) async fn get(admin: &Admin, path: &str) -> Result<String, String> {
    match exchange(Method::GET, admin, path).await? {
        (StatusCode::OK, text) => Ok(text),
        (status, _) => Err(format!("GET {path}: {status}")),
    }
}

/// Whether it has its configuration and is not about to end; else what it says.
pub(super) async fn is_ready(admin: &Admin) -> Result<(), String> {
    match exchange(Method::GET, admin, "/ready").await? {
        (StatusCode::OK, _) => Ok(()),
        (_, text) => Err(format!("Envoy is {}", text.trim())),
    }
}

/// A bootstrap that says nothing of an interface with one on this socket. `None`: it has another form than Envoy's.
pub(super) fn with_socket(bootstrap: &str, socket: &Path) -> Option<String> {
    let mut config: Value = serde_saphyr::from_str(bootstrap).ok()?;
    config.as_object_mut()?.insert("admin".to_owned(), json!({"address": {"pipe": {"path": socket.to_str()?, "mode": 0o600}}}));
    Some(config.to_string())
}

async fn exchange(method: Method, admin: &Admin, path: &str) -> Result<(StatusCode, String), String> {
    let what = format!("{method} {path}");
    match timeout(ANSWERS_WITHIN, answered(method, admin, path)).await {
        Ok(Ok(answered)) => Ok(answered),
        Ok(Err(error)) => Err(format!("{what}: {error}")),
        Err(_) => Err(format!("{what}: there was no answer within {} s", ANSWERS_WITHIN.as_secs())),
    }
}

async fn answered(method: Method, admin: &Admin, path: &str) -> Result<(StatusCode, String), Failed> {
    match admin {
        Admin::At(at) => over(TcpStream::connect(at).await?, &at.to_string(), method, path).await,
        Admin::Socket(socket) => over(UnixStream::connect(socket).await?, "localhost", method, path).await,
    }
}

async fn over<S>(stream: S, host: &str, method: Method, path: &str) -> Result<(StatusCode, String), Failed>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(HOST, host).body(Empty::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
