//! The API of a cluster, as the client of its zone control plane reaches it: over no network, and as far away as a host of the zone.
use super::{
    clock::WorldTime,
    host::{Shared, locked},
};
use crate::{
    cluster::{SimCluster, TOKEN, wall},
    proxy::AT_HOME,
};
use futures_util::stream::unfold;
use http::{HeaderMap, Response, header};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame};
use kube::client::Body;
use std::{collections::VecDeque, convert::Infallible, io, sync::Arc, time::Duration};
use strait_core::time::Mono;
use strait_scenarios::kubernetes::{Answer, Reply, Request, Response as Answered, Watch};
use strait_shell::kubernetes::Client;
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};
use tower::service_fn;

/// How often a watch looks at the clock, for bookmarks and its end.
const LOOKS: Duration = Duration::from_millis(500);

/// The API of a cluster. Clones are the same.
#[derive(Clone)]
pub(super) struct ClusterApi {
    pub(super) cluster: Shared<SimCluster>,
    under_way: Shared<VecDeque<UnderWay>>,
    changed: watch::Sender<()>,
}

/// A request that arrives, whether who sent it is still there then or not.
struct UnderWay {
    arrives: Mono,
    request: Request,
    reply: oneshot::Sender<Reply>,
}

type Said = UnsyncBoxBody<Bytes, io::Error>;

impl ClusterApi {
    pub(super) fn new(cluster: SimCluster) -> Self {
        Self { cluster: Arc::new(cluster.into()), under_way: Shared::default(), changed: watch::channel(()).0 }
    }

    /// Takes the next request that has arrived. Whether there was one.
    pub(super) fn take(&self, now: Mono) -> bool {
        let Some(UnderWay { request, reply, .. }) = locked(&self.under_way).pop_front_if(|next| next.arrives <= now) else {
            return false;
        };
        // Who asked may have gone meanwhile.
        let _ = reply.send(locked(&self.cluster).api_mut().handle(wall(now), &request));
        true
    }

    /// A request has arrived.
    pub(super) fn is_asked(&self, now: Mono) -> bool {
        locked(&self.under_way).front().is_some_and(|next| next.arrives <= now)
    }

    /// Those who watch are to look what is new.
    pub(super) fn changed(&self) {
        self.changed.send_replace(());
    }

    /// The client of a process, in whose runtime this is called.
    pub(super) fn client(&self, world: WorldTime) -> Client {
        let api = self.clone();
        Client::new(service_fn(move |request| api.clone().answer(request, world)), "default")
    }

    async fn answer(self, request: http::Request<Body>, world: WorldTime) -> io::Result<Response<Said>> {
        let (head, body) = request.into_parts();
        let request = Request {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            accept: text(&head.headers, &header::ACCEPT),
            content_type: text(&head.headers, &header::CONTENT_TYPE),
            token: Some(TOKEN.to_owned()),
            user_agent: text(&head.headers, &header::USER_AGENT),
            body: body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec(),
        };
        let (reply, replied) = oneshot::channel();
        locked(&self.under_way).push_back(UnderWay { arrives: world.now().after(AT_HOME), request, reply });
        let reply = replied.await.map_err(|_| io::ErrorKind::ConnectionReset)?;
        sleep(reply.after + AT_HOME).await;
        match reply.answer {
            Answer::Whole(answered) => whole(answered),
            Answer::Watch(watch) => Watching { watch: *watch, told: self.changed.subscribe(), api: self, world, has_ended: false }.stream(),
            Answer::Cut => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn whole(answered: Answered) -> io::Result<Response<Said>> {
    let mut response = Response::builder().status(answered.code).header(header::CONTENT_TYPE, answered.content_type);
    if let Some(seconds) = answered.retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    let body = Full::new(Bytes::from(answered.body)).map_err(|never: Infallible| match never {});
    response.body(body.boxed_unsync()).map_err(io::Error::other)
}

/// A watch that somebody reads.
struct Watching {
    watch: Watch,
    told: watch::Receiver<()>,
    api: ClusterApi,
    world: WorldTime,
    has_ended: bool,
}

impl Watching {
    fn stream(self) -> io::Result<Response<Said>> {
        let lines = unfold(self, async |mut watching| {
            let lines = watching.next().await?;
            Some((Ok(Frame::data(lines)), watching))
        });
        Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(StreamBody::new(lines).boxed_unsync())
            .map_err(io::Error::other)
    }

    /// What is new next. `None`: nothing more comes.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.has_ended {
            self.told.borrow_and_update();
            let told = locked(&self.api.cluster).api().events_after(wall(self.world.now()), &mut self.watch);
            self.has_ended = told.ended;
            if !told.events.is_empty() || told.ended {
                sleep(AT_HOME).await;
            }
            if !told.events.is_empty() {
                return Some(told.events.iter().map(|event| event.to_string() + "\n").collect::<String>().into());
            }
            if !told.ended {
                let _ = timeout(LOOKS, self.told.changed()).await;
            }
        }
        None
    }
}
