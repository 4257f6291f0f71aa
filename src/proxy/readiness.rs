//! Whether a proxy may be sent traffic, said to whoever looks after the machine or the pod: `GET /ready` on a port of the launcher's own, as beside
//! Kuma's proxies. It may once its Envoy has its configuration, and until that is told to let connections end.
use super::{
    admin::{Admin, is_ready},
    exit::CannotRun,
};
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long somebody may take to ask, and to be answered.
const TAKES_AT_MOST: Duration = Duration::from_secs(5);
/// No question here is longer, in bytes.
const LONGEST: usize = 8 << 10;
/// So many may ask at a time: more wait.
const MOST: usize = 16;
/// How long it rests when the system gives no connection.
const REST: Duration = Duration::from_millis(100);

/// Answers, until it is dropped.
pub(super) struct Readiness {
    envoy: Arc<OnceLock<Admin>>,
    _serving: JoinSet<()>,
}

impl Readiness {
    /// Answers on that port from now on. At first there is no Envoy.
    pub(super) async fn start(port: u16) -> Result<Self, CannotRun> {
        let listener = bind(port).await;
        let listener = listener.map_err(|why| {
            CannotRun::Address(format!(
                "nobody can be told on port {port} whether the proxy is ready ({why}): `--readiness-port` says where else"
            ))
        })?;
        let (envoy, mut serving) = (Arc::new(OnceLock::new()), JoinSet::new());
        serving.spawn(serve(listener, Arc::clone(&envoy)));
        Ok(Self { envoy, _serving: serving })
    }

    /// From now on there is one, which is asked there.
    pub(super) fn is_of(&self, envoy: &Admin) {
        // It is the same for as long as the launcher runs.
        _ = self.envoy.set(envoy.clone());
    }
}

/// Over both families where there are both: whoever looks after a pod may know it by an address of either.
async fn bind(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).await,
    }
}

async fn serve(listener: TcpListener, envoy: Arc<OnceLock<Admin>>) {
    let mut asking = JoinSet::new();
    loop {
        while asking.len() >= MOST {
            asking.join_next().await;
        }
        while asking.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let envoy = Arc::clone(&envoy);
                asking.spawn(async move {
                    // Whoever is gone needs no answer.
                    _ = timeout(TAKES_AT_MOST, answer(stream, &envoy)).await;
                });
            }
            Err(_) => sleep(REST).await,
        }
    }
}

async fn answer(mut stream: TcpStream, envoy: &OnceLock<Admin>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > LONGEST || stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let (status, body) = match path(&head) {
        Some("/ready") => match envoy.get() {
            None => ("503 Service Unavailable", "no control plane has given a bootstrap yet".to_owned()),
            Some(envoy) => match is_ready(envoy).await {
                Ok(()) => ("200 OK", "ready".to_owned()),
                Err(why) => ("503 Service Unavailable", why),
            },
        },
        Some(_) => ("404 Not Found", "there is `GET /ready` here".to_owned()),
        None => ("405 Method Not Allowed", "there is `GET /ready` here".to_owned()),
    };
    let length = body.len() + 1;
    let answer = format!("HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}\n");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// What is asked for; `None`: somebody wants something else.
fn path(head: &[u8]) -> Option<&str> {
    let mut words = std::str::from_utf8(head).ok()?.lines().next()?.split(' ');
    let method = words.next()?;
    let path = words.next()?;
    matches!(method, "GET" | "HEAD").then(|| path.split('?').next().unwrap_or(path))
}
