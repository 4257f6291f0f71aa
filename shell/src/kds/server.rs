//! Global's end: serves both of Kuma's services, and makes sessions of what calls them.
mod pairing;
mod services;

use super::{
    Authorize, CONNECTION_WINDOW_BYTES, LARGEST_MESSAGE, Listener, Local, WINDOW_BYTES,
    io::{Connection, ConnectionId, Numbered, Received},
    outbound::{Frame, Said, Stuck},
    reading::{self, End},
    refusal,
    sessions::{Lanes, Sessions, Stop},
};
use crate::{
    convert::{Envelope, Malformed, request_from_wire, response_from_wire},
    drive::Perform,
};
use http::{HeaderValue, header::DATE};
use pairing::{Halves, Pair};
use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use strait_core::{
    node::{GlobalEffect, GlobalInput, ObservationChange, Refusal},
    resource::ZoneName,
    sync::{Dialect, Lane, Session, clocks},
};
use strait_proto::kds::{global_server::GlobalKdsServiceServer, sync_server::KdsSyncServiceServer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Status, Streaming, codec::CompressionEncoding, service::Routes};
use tower::util::MapResponseLayer;

/// What the operator decides about a server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What it speaks at most.
    pub dialect: Dialect,
    /// Names this process, for people.
    pub instance: String,
    /// The number of its first session.
    pub first_session: u64,
    /// Whether it compresses what it says to whoever takes that.
    pub compress: bool,
    /// The `date` of every answer, where answers have to be the same on every run.
    pub date: Option<HeaderValue>,
}

impl ServerConfig {
    /// The defaults, for a process of this name.
    pub fn new(instance: &str) -> Self {
        Self { dialect: Dialect::Strait, instance: instance.to_owned(), first_session: 1, compress: true, date: None }
    }
}

/// Global's server.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

struct Shared {
    config: ServerConfig,
    sessions: Sessions,
    halves: Halves,
    connections: AtomicUsize,
    mailbox: mpsc::Sender<GlobalInput>,
    announce: Announce,
    authorize: Arc<dyn Authorize>,
}

/// Hears of each session that begins, and over which connection: counted from 0, in the order in which they came in.
type Announce = Box<dyn Fn(Session, usize) + Send + Sync>;

impl Server {
    /// A server that hands what it is told to a node's mailbox.
    pub fn new(config: ServerConfig, mailbox: mpsc::Sender<GlobalInput>, authorize: Arc<dyn Authorize>) -> Self {
        Self::announcing(config, mailbox, authorize, |_, _| {})
    }

    /// The same; `announce` hears of each session before the node does, with the number of its connection: counted from 0, in the
    /// order in which they came in.
    pub fn announcing(
        config: ServerConfig,
        mailbox: mpsc::Sender<GlobalInput>,
        authorize: Arc<dyn Authorize>,
        announce: impl Fn(Session, usize) + Send + Sync + 'static,
    ) -> Self {
        let announce = Box::new(announce);
        let sessions = Sessions::from(config.first_session);
        Self(Arc::new(Shared {
            config,
            sessions,
            halves: Halves::default(),
            connections: AtomicUsize::new(0),
            mailbox,
            announce,
            authorize,
        }))
    }

    /// What performs the effects of the node whose mailbox this is.
    pub fn performer(&self, listener: Listener) -> GlobalPerformer {
        GlobalPerformer { sessions: self.0.sessions.clone(), known: BTreeSet::new(), listener, mailbox: self.0.mailbox.clone() }
    }

    /// Serves what comes in until nothing does any more.
    ///
    /// # Errors
    /// The connections cannot be served at all.
    pub async fn serve<S>(self, incoming: impl Stream<Item = io::Result<S>>) -> Result<(), tonic::transport::Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let numbers = Arc::clone(&self.0);
        let incoming = incoming.map(move |stream| {
            let id = ConnectionId(numbers.connections.fetch_add(1, Ordering::Relaxed));
            stream.map(|stream| Numbered::new(id, stream))
        });
        let mut sync = KdsSyncServiceServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        if self.0.config.compress {
            sync = sync.send_compressed(CompressionEncoding::Gzip);
        }
        let mut rest = GlobalKdsServiceServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        if self.0.config.compress {
            rest = rest.send_compressed(CompressionEncoding::Gzip);
        }
        let date = self.0.config.date.clone();
        let with_date = MapResponseLayer::new(move |mut response: http::Response<tonic::body::Body>| {
            if let Some(date) = &date {
                response.headers_mut().insert(DATE, date.clone());
            }
            response
        });
        let services = Routes::new(sync).add_service(rest).into_axum_router().fallback(|| async { not_a_zone() });
        tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(clocks::PING_EVERY))
            .http2_keepalive_timeout(Some(clocks::PING_TIMEOUT))
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .layer(with_date)
            .add_routes(Routes::from(services))
            .serve_with_incoming(incoming)
            .await
    }

    fn envelope(&self, zone: &ZoneName, dialect: Dialect) -> Envelope {
        Envelope { zone: zone.clone(), dialect, provider: "global".to_owned(), instance: self.0.config.instance.clone() }
    }

    /// Both lanes are there: the node is told, and they are read.
    async fn begin(self, connection: ConnectionId, zone: ZoneName, pair: Pair) {
        let Pair { dialect, received, down, up, requests, responses } = pair;
        let (session, stop) = self.0.sessions.open(Lanes { requests, responses });
        (self.0.announce)(session, connection.0);
        tracing::debug!(%zone, %session, %dialect, "session opened");
        if self.0.mailbox.send(GlobalInput::Opened { session, zone, dialect }).await.is_err() {
            self.0.sessions.end(session, &Status::unavailable("global is stopping"));
            return;
        }
        let reporting =
            reading::report(Arc::clone(&received), stop.clone(), self.0.mailbox.clone(), move || GlobalInput::Receiving(session));
        tokio::spawn(reporting);
        tokio::spawn(self.clone().read(session, down, stop.clone(), Arc::clone(&received), move |wire| {
            request_from_wire(Lane::Down, dialect, wire).map(|request| GlobalInput::Request(session, request))
        }));
        tokio::spawn(self.read(session, up, stop, received, move |wire| {
            response_from_wire(Lane::Up, dialect, wire).map(|response| GlobalInput::Response(session, response))
        }));
    }

    async fn read<W>(
        self,
        session: Session,
        mut inbound: Streaming<W>,
        mut stop: Stop,
        received: Arc<Received>,
        understand: impl Fn(W) -> Result<GlobalInput, Malformed>,
    ) {
        let status = match reading::read(&mut inbound, &mut stop, &self.0.mailbox, &received, understand).await {
            End::Stopped => return,
            // Never OK: a Kuma zone whose lane up ends so would wait for ever.
            End::Closed(_) => Status::cancelled("the other lane of this session has ended"),
            End::Malformed(malformed) => {
                tracing::warn!(%session, %malformed, "a zone broke the protocol");
                refusal::status(&Refusal::Protocol(malformed.to_string()))
            }
        };
        if self.0.sessions.end(session, &status) {
            tracing::debug!(%session, "session closed");
            let _ = self.0.mailbox.send(GlobalInput::Closed { session }).await;
        }
    }
}

/// Performs what a global asks for.
pub struct GlobalPerformer {
    sessions: Sessions,
    /// The sessions that the node believes in.
    known: BTreeSet<Session>,
    listener: Listener,
    mailbox: mpsc::Sender<GlobalInput>,
}

impl GlobalPerformer {
    /// The node gives up whoever takes nothing any more.
    fn tell_if_stuck(&self, session: Session, said: Result<(), Stuck>) {
        if said == Err(Stuck) && self.known.contains(&session) {
            let mailbox = self.mailbox.clone();
            // The mailbox may be full of what only the node itself can take out of it.
            tokio::spawn(async move { mailbox.send(GlobalInput::Stuck { session }).await });
        }
    }
}

impl Perform for GlobalPerformer {
    type Input = GlobalInput;
    type Effect = GlobalEffect;

    fn admit(&mut self, input: &GlobalInput) -> bool {
        match input {
            GlobalInput::Opened { session, .. } => self.known.insert(*session),
            GlobalInput::Closed { session } => self.known.remove(session),
            GlobalInput::Stuck { session } | GlobalInput::Receiving(session) => self.known.contains(session),
            GlobalInput::Request(session, _) | GlobalInput::Response(session, _) => self.known.contains(session),
            GlobalInput::Edit { .. } | GlobalInput::Operate { .. } => true,
        }
    }

    fn observed(&mut self, change: ObservationChange) {
        (self.listener)(Local::Observed(change));
    }

    fn perform(&mut self, effect: GlobalEffect) {
        match effect {
            GlobalEffect::Request(session, request) => self.tell_if_stuck(session, self.sessions.request(session, request)),
            GlobalEffect::Response(session, response) => self.tell_if_stuck(session, self.sessions.response(session, response)),
            GlobalEffect::Close { session, why } => {
                self.known.remove(&session);
                self.sessions.end(session, &refusal::status(&why));
            }
            GlobalEffect::Done { ticket, outcome } => (self.listener)(Local::Done { ticket, outcome }),
        }
    }
}

/// Proxies and others ask a zone control plane.
fn not_a_zone() -> http::Response<tonic::body::Body> {
    Status::unimplemented("this is a global control plane: it accepts zone control planes only, never a proxy").into_http()
}

/// What is said on a lane, as the connection takes it.
fn outbound<T: Send + 'static, W: 'static>(frames: Said<T>, to_wire: impl Fn(&T) -> W + Send + 'static) -> Outbound<W> {
    Box::pin(frames.map(move |frame| match frame {
        Frame::Say(message) => Ok(to_wire(&message)),
        Frame::End(status) => Err(status),
    }))
}

type Outbound<W> = std::pin::Pin<Box<dyn Stream<Item = Result<W, Status>> + Send>>;
