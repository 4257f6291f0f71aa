//! The port: `POST /bootstrap`, `POST /turned-away` and ADS, told apart by their paths.
use super::{
    Admit, Bootstrap, BootstrapError, BootstrapRequest, Reached, Streams,
    stream::{self, Around, MOST_STRANGERS, SAYS_WITHIN, UNWRITTEN},
    turned_away::{self, TURNED_AWAY},
};
use crate::{kds::Numbered, process::Desk, token::Token};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{io, pin::Pin, sync::Arc};
use strait_core::{node::ZoneInput, resource::to_json, sync::clocks};
use strait_proto::discovery::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse,
    aggregated_discovery_service_server::{AggregatedDiscoveryService, AggregatedDiscoveryServiceServer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Status, Streaming, service::Routes};

/// What one message of a proxy may take at most, in bytes.
const LARGEST_MESSAGE: usize = 4 << 20;
/// What a request for a bootstrap may take at most, in bytes.
const LARGEST_REQUEST: usize = 1 << 20;

/// Serves the proxies of a zone.
#[derive(Clone)]
pub struct Server {
    pub(super) around: Around,
    strangers: Arc<Semaphore>,
    pub(super) desk: Desk,
    port: u16,
    authority: Arc<str>,
}

impl Server {
    /// Hands what proxies say to a node's mailbox. `port`: where it listens; `authority`: who vouches for it, in PEM.
    pub fn new(mailbox: mpsc::Sender<ZoneInput>, streams: Streams, admit: Arc<dyn Admit>, desk: Desk, port: u16, authority: &str) -> Self {
        let strangers = Arc::new(Semaphore::new(MOST_STRANGERS));
        Self { around: Around { mailbox, streams, admit }, strangers, desk, port, authority: authority.into() }
    }

    /// Serves what comes in until nothing does any more.
    ///
    /// # Errors
    /// The connections cannot be served at all.
    pub async fn serve<S>(self, incoming: impl Stream<Item = io::Result<S>>) -> Result<(), tonic::transport::Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let incoming = incoming.map(|stream| stream.map(Numbered::alone));
        let ads = AggregatedDiscoveryServiceServer::new(self.clone()).max_decoding_message_size(LARGEST_MESSAGE);
        let own = [("/bootstrap", post(bootstrap)), (TURNED_AWAY, post(turned_away::take))];
        let router = Routes::new(ads).into_axum_router().fallback(not_here);
        let router = own.into_iter().fold(router, |router, (path, answers)| router.route(path, answers.with_state(self.clone())));
        tonic::transport::Server::builder()
            .accept_http1(true)
            .http2_keepalive_interval(Some(clocks::PING_EVERY))
            .http2_keepalive_timeout(Some(clocks::PING_TIMEOUT))
            .add_routes(Routes::from(router))
            .serve_with_incoming(incoming)
            .await
    }

    async fn bootstrap(&self, request: &BootstrapRequest, at: &Authority) -> Result<Bootstrap, BootstrapError> {
        let claim = request.claim()?;
        let token = Some(Token::new(request.dataplane_token.clone())).filter(|_| !request.dataplane_token.is_empty());
        self.around.admit.admit(&claim, token.as_ref()).await?;
        let key = claim.key();
        let known = self.desk.look(|shown| shown.view.resources.get(&key).cloned());
        let dataplane = claim.dataplane.as_ref().or(known.as_deref()).map(to_json);
        let host = at.host().trim_start_matches('[').trim_end_matches(']');
        // Where it listens may be hidden behind another port; but one that is not said is not 443: nobody serves proxies there.
        let reached = Reached { host, port: at.port_u16().unwrap_or(self.port), authority: &self.authority };
        Ok(Bootstrap::new(request, &claim, dataplane.as_ref(), reached))
    }
}

#[tonic::async_trait]
impl AggregatedDiscoveryService for Server {
    type DeltaAggregatedResourcesStream = Pin<Box<dyn Stream<Item = Result<DeltaDiscoveryResponse, Status>> + Send>>;

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<tonic::Response<Self::DeltaAggregatedResourcesStream>, Status> {
        let token = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let token = token.map(|text| Token::new(text.strip_prefix("Bearer ").unwrap_or(text)));
        let many = |_| Status::resource_exhausted("too many proxies come at once; come again");
        let stranger = Arc::clone(&self.strangers).try_acquire_owned().map_err(many)?;
        let (answers, said) = mpsc::channel(UNWRITTEN);
        tokio::spawn(stream::serve(self.around.clone(), stranger, token, request.into_inner(), answers));
        Ok(tonic::Response::new(Box::pin(ReceiverStream::new(said).map(|answer| *answer))))
    }
}

/// The host and the port by which this control plane was reached: Envoy dials the same.
fn reached_at(headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    let host = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.or_else(|| uri.authority().cloned()).filter(|at| !at.host().is_empty())
}

async fn bootstrap(State(server): State<Server>, headers: HeaderMap, uri: Uri, body: Body) -> Response {
    let Ok(body) = timeout(SAYS_WITHIN, to_bytes(body, LARGEST_REQUEST)).await else {
        return StatusCode::REQUEST_TIMEOUT.into_response();
    };
    let Ok(body) = body else {
        return (StatusCode::PAYLOAD_TOO_LARGE, format!("a request has at most {LARGEST_REQUEST} bytes")).into_response();
    };
    let request = serde_json::from_slice::<BootstrapRequest>(&body)
        .map_err(|error| BootstrapError::Invalid(format!("the request is not in Kuma's form: {error}")));
    let at = reached_at(&headers, &uri).ok_or_else(|| BootstrapError::Invalid("Host: must say how you reached me".to_owned()));
    let answer = match (request, at) {
        (Ok(request), Ok(at)) => server.bootstrap(&request, &at).await,
        (Err(why), _) | (_, Err(why)) => Err(why),
    };
    match answer {
        Ok(bootstrap) if wants_json(&headers) => Json(bootstrap.for_launcher()).into_response(),
        Ok(bootstrap) => bootstrap.config().to_string().into_response(),
        Err(why) => {
            tracing::warn!(%why, "a bootstrap was refused");
            refused(&why)
        }
    }
}

/// How it is said over HTTP why a proxy is refused.
pub(super) fn refused(why: &BootstrapError) -> Response {
    let code = match why {
        BootstrapError::Invalid(_) | BootstrapError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        BootstrapError::Unknown(_) => StatusCode::NOT_FOUND,
        BootstrapError::NotYet(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, why.to_string()).into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("application/json"))
}

/// Zones and others ask somebody else.
async fn not_here() -> Response {
    Status::unimplemented("this port of a zone control plane is for its proxies: POST /bootstrap, POST /turned-away, and delta xDS (ADS)")
        .into_http::<Body>()
}
