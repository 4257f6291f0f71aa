//! Envoy is asked for its names, again and again, as `kuma-dp` does.
use super::table::{Table, read};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{ETAG, HOST, HeaderValue, IF_NONE_MATCH},
};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::{
    net::UnixStream,
    time::{MissedTickBehavior, interval, timeout},
};

/// How often: what is new is known after that at the latest.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to answer: it is on the same machine.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// A longer table is none, in bytes: about 100,000 names.
const LARGEST: usize = 16 << 20;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What is new, and how it is known again.
struct New {
    text: String,
    tag: Option<HeaderValue>,
}

/// Says each table that is another, with its text. Does not return.
pub(super) async fn follow(socket: &str, mut tell: impl FnMut(&str, Table)) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut tag, mut complained) = (None, false);
    loop {
        ticks.tick().await;
        let asked = match timeout(ANSWERED_WITHIN, ask(socket, tag.as_ref())).await {
            Ok(asked) => asked,
            Err(_) => Err(format!("there was no answer within {} s", ANSWERED_WITHIN.as_secs()).into()),
        };
        let read = asked.and_then(|new| new.map(|new| Ok::<_, Failed>((read(&new.text)?, new))).transpose());
        match read {
            Ok(None) => {}
            Ok(Some((table, new))) => {
                tracing::info!(names = table.len(), "names are known");
                tell(&new.text, table);
                (tag, complained) = (new.tag, false);
            }
            // Envoy may just be starting, or not be told yet where it is asked.
            Err(why) if why.downcast_ref::<std::io::Error>().is_some() => tracing::debug!(%why, "Envoy does not tell names"),
            // Said once, and not with each attempt.
            Err(why) if !std::mem::replace(&mut complained, true) => tracing::warn!(%why, "what Envoy tells of names is of no use"),
            Err(_) => {}
        }
    }
}

/// `None`: it is what it was.
async fn ask(socket: &str, tag: Option<&HeaderValue>) -> Result<Option<New>, Failed> {
    let stream = UnixStream::connect(socket).await?;
    let (mut sender, connection) = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await?;
    // It ends when the sender is dropped; what goes wrong there is told to the sender.
    tokio::spawn(connection);
    let mut request = Request::get("/dns").header(HOST, "localhost");
    if let Some(tag) = tag {
        request = request.header(IF_NONE_MATCH, tag);
    }
    let response = sender.send_request(request.body(Empty::new())?).await?;
    if response.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    if response.status() != StatusCode::OK {
        return Err(format!("it answers {}", response.status()).into());
    }
    let tag = response.headers().get(ETAG).cloned();
    let body = Limited::new(response.into_body(), LARGEST).collect().await?.to_bytes();
    Ok(Some(New { text: String::from_utf8(body.into())?, tag }))
}
