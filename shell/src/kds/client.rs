//! A zone's end: dials global, and keeps the session's two streams.
mod beside;

use super::{
    CONNECTION_WINDOW_BYTES, DIALECT_HEADER, DIALECT_VERSION, LARGEST_MESSAGE, Listener, Local, WINDOW_BYTES, ZONE_HEADER,
    io::{Connection, ConnectionId, Numbered, Received},
    outbound::{Frame, Said, Stuck, lane},
    reading::{self, End},
    refusal,
    sessions::{Lanes, Sessions, Stop},
};
use crate::{
    convert::{Envelope, Malformed, request_from_wire, request_to_wire, response_from_wire, response_to_wire},
    drive::Perform,
    token::Token,
};
use http::Uri;
use hyper_util::rt::TokioIo;
use std::{collections::BTreeSet, error::Error, future::Future, io, sync::Arc};
use strait_core::{
    node::{DialError, ObservationChange, Refusal, ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Dialect, Lane, Session, clocks},
};
use strait_proto::kds::{
    ZoneHealthCheckRequest, ZoneHealthCheckResponse, global_client::GlobalKdsServiceClient, sync_client::KdsSyncServiceClient,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::timeout,
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{
    Code, Request, Response, Status, Streaming,
    codec::CompressionEncoding,
    metadata::{MetadataMap, MetadataValue},
    transport::{Channel, Endpoint},
};

/// How a byte stream to global is had.
pub trait Connect: Clone + Send + Sync + 'static {
    /// The byte stream.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Connects once.
    fn connect(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// What the operator decides about a client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The zone's name.
    pub zone: ZoneName,
    /// What it speaks at most.
    pub dialect: Dialect,
    /// Where global is, as in `http://global:5685`. Says who is meant; how it is reached is the connector's matter.
    pub global: Uri,
    /// Names this process, for people.
    pub instance: String,
    /// The number of its first session.
    pub first_session: u64,
    /// Whether it compresses what it says.
    pub compress: bool,
    /// What proves to global which zone it is. A plain Kuma global asks for none.
    pub token: Option<Token>,
}

impl ClientConfig {
    /// The defaults, for a zone and where its global is.
    pub fn new(zone: ZoneName, global: Uri) -> Self {
        let instance = zone.to_string();
        Self { zone, dialect: Dialect::Strait, global, instance, first_session: 1, compress: true, token: None }
    }
}

/// A zone's client.
pub struct Client<C>(Arc<Shared<C>>);

struct Shared<C> {
    config: ClientConfig,
    connector: C,
    sessions: Sessions,
    mailbox: mpsc::Sender<ZoneInput>,
}

/// A connection on which global has answered.
struct Opened {
    channel: Channel,
    dialect: Dialect,
    received: Arc<Received>,
    answer: ZoneHealthCheckResponse,
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Connect> Client<C> {
    /// A client that hands what it is told to a node's mailbox.
    pub fn new(config: ClientConfig, connector: C, mailbox: mpsc::Sender<ZoneInput>) -> Self {
        let sessions = Sessions::from(config.first_session);
        Self(Arc::new(Shared { config, connector, sessions, mailbox }))
    }

    /// What performs the effects of the node whose mailbox this is.
    pub fn performer(&self, listener: Listener) -> ZonePerformer<C> {
        ZonePerformer { client: self.clone(), known: BTreeSet::new(), listener }
    }

    async fn dial(self) {
        let Opened { channel, dialect, received, answer } = match timeout(clocks::DIAL_TIMEOUT, self.connect()).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(why)) => return self.tell(ZoneInput::Dialed(Err(why))).await,
            Err(_) => return self.tell(ZoneInput::Dialed(Err(DialError::TimedOut))).await,
        };
        let (requests, asked) = lane();
        let (responses, provided) = lane();
        let (session, stop) = self.0.sessions.open(Lanes { requests, responses });
        tracing::debug!(zone = %self.0.config.zone, %session, %dialect, "session opened");
        self.tell(ZoneInput::Dialed(Ok((session, dialect)))).await;
        let reporting = reading::report(Arc::clone(&received), stop.clone(), self.0.mailbox.clone(), move || ZoneInput::Receiving(session));
        tokio::spawn(reporting);
        if dialect == Dialect::Kuma {
            self.attend(&channel, session, &stop, &answer);
        }
        let config = &self.0.config;
        let envelope =
            Envelope { zone: config.zone.clone(), dialect, provider: config.zone.to_string(), instance: config.instance.clone() };
        let mut sync = KdsSyncServiceClient::new(channel)
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        if config.compress {
            sync = sync.send_compressed(CompressionEncoding::Gzip);
        }
        // Requests flow before the answer to the call does: a Kuma global begins its answer with its first message. So the
        // session is open as soon as it can be written to.
        let said = envelope.clone();
        let down = self.signed(said_on(asked, move |request| request_to_wire(request, &said)), dialect);
        let mut other = sync.clone();
        let call = async move { other.global_to_zone_sync(down).await };
        tokio::spawn(self.clone().read(session, stop.clone(), Arc::clone(&received), call, move |wire| {
            response_from_wire(Lane::Down, dialect, wire).map(|response| ZoneInput::Response(session, response))
        }));
        let up = self.signed(said_on(provided, move |response| response_to_wire(response, &envelope)), dialect);
        let call = async move { sync.zone_to_global_sync(up).await };
        tokio::spawn(self.read(session, stop, received, call, move |wire| {
            request_from_wire(Lane::Up, dialect, wire).map(|request| ZoneInput::Request(session, request))
        }));
    }

    /// Connects and asks for a sign of life, which says what global speaks.
    async fn connect(&self) -> Result<Opened, DialError> {
        let endpoint = Endpoint::from(self.0.config.global.clone())
            .http2_keep_alive_interval(clocks::PING_EVERY)
            .keep_alive_timeout(clocks::PING_TIMEOUT)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        let connector = self.0.connector.clone();
        let connection = Connection { id: ConnectionId(0), received: Arc::default() };
        let received = Arc::clone(&connection.received);
        let service = tower::service_fn(move |_: Uri| {
            let (connector, connection) = (connector.clone(), connection.clone());
            async move { connector.connect().await.map(|stream| TokioIo::new(Numbered { connection, stream })) }
        });
        let channel = endpoint.connect_with_connector(service).await.map_err(|error| dial_error(&error))?;
        let request = self.signed(ZoneHealthCheckRequest {}, self.0.config.dialect);
        let (global, answer) = match self.global(channel.clone()).health_check(request).await {
            Ok(response) if speaks_strait(response.metadata()) => (Dialect::Strait, response.into_inner()),
            Ok(response) => (Dialect::Kuma, response.into_inner()),
            Err(status) if status.code() == Code::Unimplemented => (Dialect::Kuma, ZoneHealthCheckResponse::default()),
            Err(status) if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied | Code::InvalidArgument) => {
                return Err(DialError::Failed(format!("global refuses this zone: {}", status.message())));
            }
            Err(status) => return Err(dial_error(&status)),
        };
        Ok(Opened { channel, dialect: global.min(self.0.config.dialect), received, answer })
    }

    /// Calls of global beside sync.
    fn global(&self, channel: Channel) -> GlobalKdsServiceClient<Channel> {
        let global = GlobalKdsServiceClient::new(channel)
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        if self.0.config.compress { global.send_compressed(CompressionEncoding::Gzip) } else { global }
    }

    fn signed<T>(&self, message: T, dialect: Dialect) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        if let Ok(zone) = self.0.config.zone.as_str().parse() {
            metadata.insert(ZONE_HEADER, zone);
        }
        metadata.insert("kds-version", MetadataValue::from_static("v3"));
        for feature in ["zone-ping-health", "hash-suffix"] {
            metadata.append("features", MetadataValue::from_static(feature));
        }
        metadata.insert("version", MetadataValue::from_static(env!("CARGO_PKG_VERSION")));
        if let Some(token) = self.0.config.token.as_ref().and_then(|token| format!("Bearer {}", token.reveal()).parse().ok()) {
            metadata.insert("authorization", token);
        }
        if dialect == Dialect::Strait {
            metadata.insert(DIALECT_HEADER, MetadataValue::from_static(DIALECT_VERSION));
        }
        request
    }

    async fn read<W>(
        self,
        session: Session,
        mut stop: Stop,
        received: Arc<Received>,
        call: impl Future<Output = Result<Response<Streaming<W>>, Status>>,
        understand: impl Fn(W) -> Result<ZoneInput, Malformed>,
    ) {
        let answer = tokio::select! {
            biased;
            _ = stop.changed() => return,
            answer = call => answer,
        };
        let end = match answer {
            Ok(answer) => reading::read(&mut answer.into_inner(), &mut stop, &self.0.mailbox, &received, understand).await,
            Err(status) => End::Closed(Some(status)),
        };
        let why = match end {
            End::Stopped => return,
            End::Closed(status) => {
                tracing::debug!(%session, ?status, "session closed");
                status.as_ref().and_then(refusal::of)
            }
            End::Malformed(malformed) => {
                tracing::warn!(%session, %malformed, "global broke the protocol");
                None
            }
        };
        self.closed(session, why).await;
    }

    /// The session has ended, of which the node is told once.
    async fn closed(&self, session: Session, why: Option<Refusal>) {
        if self.0.sessions.end(session, &Status::cancelled("")) {
            self.tell(ZoneInput::Closed { session, why }).await;
        }
    }

    async fn tell(&self, input: ZoneInput) {
        // A node that is gone needs to know nothing.
        let _ = self.0.mailbox.send(input).await;
    }
}

/// Performs what a zone asks for.
pub struct ZonePerformer<C> {
    client: Client<C>,
    /// The sessions that the node believes in.
    known: BTreeSet<Session>,
    listener: Listener,
}

impl<C: Connect> ZonePerformer<C> {
    /// The node gives a global up that takes nothing any more.
    fn tell_if_stuck(&self, session: Session, said: Result<(), Stuck>) {
        if said == Err(Stuck) && self.known.contains(&session) {
            let client = self.client.clone();
            tokio::spawn(async move { client.tell(ZoneInput::Stuck { session }).await });
        }
    }
}

impl<C: Connect> Perform for ZonePerformer<C> {
    type Input = ZoneInput;
    type Effect = ZoneEffect;

    fn admit(&mut self, input: &ZoneInput) -> bool {
        match input {
            ZoneInput::Dialed(Ok((session, _))) => self.known.insert(*session),
            ZoneInput::Closed { session, .. } => self.known.remove(session),
            ZoneInput::Stuck { session } | ZoneInput::Receiving(session) => self.known.contains(session),
            ZoneInput::Request(session, _) | ZoneInput::Response(session, _) => self.known.contains(session),
            ZoneInput::Dialed(Err(_))
            | ZoneInput::Proxy(..)
            | ZoneInput::Issued(_)
            | ZoneInput::Kubernetes(_)
            | ZoneInput::KubernetesAnswered(_)
            | ZoneInput::Edit { .. }
            | ZoneInput::Operate { .. } => true,
        }
    }

    fn observed(&mut self, change: ObservationChange) {
        (self.listener)(Local::Observed(change));
    }

    fn perform(&mut self, effect: ZoneEffect) {
        match effect {
            ZoneEffect::Dial { .. } => drop(tokio::spawn(self.client.clone().dial())),
            ZoneEffect::Hangup { session } => {
                self.known.remove(&session);
                self.client.0.sessions.end(session, &Status::cancelled(""));
            }
            ZoneEffect::Request(session, request) => self.tell_if_stuck(session, self.client.0.sessions.request(session, request)),
            ZoneEffect::Response(session, response) => self.tell_if_stuck(session, self.client.0.sessions.response(session, response)),
            ZoneEffect::Proxy(session, said) => (self.listener)(Local::Proxy(session, said)),
            ZoneEffect::Issue(issue) => (self.listener)(Local::Issue(issue)),
            ZoneEffect::Kubernetes(ask) => (self.listener)(Local::Kubernetes(ask)),
            ZoneEffect::Published { affected } => (self.listener)(Local::Published { affected }),
            ZoneEffect::Done { ticket, outcome } => (self.listener)(Local::Done { ticket, outcome }),
        }
    }
}

/// What is said on a lane, as the connection takes it.
fn said_on<T: Send + 'static, W: Send + 'static>(
    frames: Said<T>,
    to_wire: impl Fn(&T) -> W + Send + 'static,
) -> impl Stream<Item = W> + Send + 'static {
    frames.map_while(move |frame| match frame {
        Frame::Say(message) => Some(to_wire(&message)),
        Frame::End(_) => None,
    })
}

fn speaks_strait(metadata: &MetadataMap) -> bool {
    metadata.get(DIALECT_HEADER).is_some_and(|version| version == DIALECT_VERSION)
}

fn dial_error(error: &(dyn Error + 'static)) -> DialError {
    let chain: Vec<_> = std::iter::successors(Some(error), |&error| error.source()).collect();
    match chain.iter().find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => DialError::Refused,
        Some(io::ErrorKind::TimedOut) => DialError::TimedOut,
        _ => DialError::Failed(chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ")),
    }
}
