//! One request over HTTP: read whole, answered by the model, and written; a watch goes on as a stream of lines.
use super::{serve::Shared, wall};
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited, StreamBody, combinators::BoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use std::{io, sync::Arc, time::Duration};
use strait_scenarios::kubernetes::{Answer, Request, Response as Answered, Watch};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;

/// The largest body that is read; the model refuses less.
const MOST: usize = 8 << 20;
/// How often a watch looks at the clock, for bookmarks and its end.
const TICK: Duration = Duration::from_millis(500);

type Body = BoxBody<Bytes, io::Error>;

pub(super) async fn respond(request: http::Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MOST).collect().await.map_err(io::Error::other)?.to_bytes();
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        accept: text(&head.headers, header::ACCEPT),
        content_type: text(&head.headers, header::CONTENT_TYPE),
        token: text(&head.headers, header::AUTHORIZATION).strip_prefix("Bearer ").map(str::to_owned),
        user_agent: text(&head.headers, header::USER_AGENT),
        body: body.to_vec(),
    };
    let reply = {
        let mut api = shared.api();
        let before = api.version();
        let reply = api.handle(wall(), &request);
        let changed = api.version() != before;
        drop(api);
        if changed {
            shared.tell();
        }
        reply
    };
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }
    match reply.answer {
        Answer::Whole(answered) => whole(answered),
        Answer::Watch(watch) => stream(*watch, shared),
        Answer::Cut => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
}

fn whole(answered: Answered) -> io::Result<Response<Body>> {
    let mut response = Response::builder()
        .status(StatusCode::from_u16(answered.code).map_err(io::Error::other)?)
        .header(header::CONTENT_TYPE, answered.content_type);
    if let Some(seconds) = answered.retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    for warning in &answered.warnings {
        let warning = warning.replace('\\', "\\\\").replace('"', "\\\"");
        response = response.header(header::WARNING, format!("299 - \"{warning}\""));
    }
    response.body(Full::new(Bytes::from(answered.body)).map_err(|never| match never {}).boxed()).map_err(io::Error::other)
}

fn stream(mut watch: Watch, shared: Arc<Shared>) -> io::Result<Response<Body>> {
    let (lines, received) = mpsc::channel::<io::Result<Frame<Bytes>>>(16);
    tokio::spawn(async move {
        let mut changes = shared.changed.subscribe();
        loop {
            let told = shared.api().events_after(wall(), &mut watch);
            for event in told.events {
                let line = Bytes::from(event.to_string() + "\n");
                if lines.send(Ok(Frame::data(line))).await.is_err() {
                    return;
                }
            }
            if told.ended {
                return;
            }
            tokio::select! {
                biased;
                () = lines.closed() => return,
                _ = timeout(TICK, changes.changed()) => {}
            }
        }
    });
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(StreamBody::new(ReceiverStream::new(received)).boxed())
        .map_err(io::Error::other)
}
