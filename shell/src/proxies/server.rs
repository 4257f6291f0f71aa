//! The port: `POST /bootstrap` and ADS, told apart by their paths.
use super::{
    Admit, Bootstrap, BootstrapError, BootstrapRequest, Reached, Streams,
    stream::{self, Around, UNWRITTEN},
};
use crate::{kds::Numbered, process::Desk, token::Token};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{io, pin::Pin, sync::Arc};
use strait_core::{
    node::ZoneInput,
    resource::{Key, Kind, to_json},
    sync::clocks,
};
use strait_proto::discovery::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse,
    aggregated_discovery_service_server::{AggregatedDiscoveryService, AggregatedDiscoveryServiceServer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
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
    around: Around,
    desk: Desk,
    port: u16,
    authority: Arc<str>,
}

impl Server {
    /// Hands what proxies say to a node's mailbox. `port`: where it is reached; `authority`: who vouches for it, in PEM.
    pub fn new(mailbox: mpsc::Sender<ZoneInput>, streams: Streams, admit: Arc<dyn Admit>, desk: Desk, port: u16, authority: &str) -> Self {
        Self { around: Around { mailbox, streams, admit }, desk, port, authority: authority.into() }
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
        let bootstrap = post(bootstrap).layer(DefaultBodyLimit::max(LARGEST_REQUEST)).with_state(self);
        let router = Routes::new(ads).into_axum_router().route("/bootstrap", bootstrap).fallback(not_here);
        tonic::transport::Server::builder()
            .accept_http1(true)
            .http2_keepalive_interval(Some(clocks::PING_EVERY))
            .http2_keepalive_timeout(Some(clocks::PING_TIMEOUT))
            .add_routes(Routes::from(router))
            .serve_with_incoming(incoming)
            .await
    }

    fn bootstrap(&self, request: &BootstrapRequest, host: &str) -> Result<Bootstrap, BootstrapError> {
        let claim = request.claim()?;
        let token = Some(Token::new(request.dataplane_token.clone())).filter(|_| !request.dataplane_token.is_empty());
        self.around.admit.admit(&claim, token.as_ref())?;
        let key = Key { kind: Kind::dataplane(), mesh: Some(claim.mesh.clone()), name: claim.name.clone() };
        let known = self.desk.look(|shown| shown.view.resources.get(&key).cloned());
        let dataplane = claim.dataplane.as_ref().or(known.as_deref()).map(to_json);
        let reached = Reached { host, port: self.port, authority: &self.authority };
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
        let (answers, said) = mpsc::channel(UNWRITTEN);
        tokio::spawn(stream::serve(self.around.clone(), token, request.into_inner(), answers));
        Ok(tonic::Response::new(Box::pin(ReceiverStream::new(said))))
    }
}

/// The host by which this control plane was reached, without its port: Envoy dials the same.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let authority = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|at| at.as_str()))?;
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    Some(host).filter(|host| !host.is_empty())
}

async fn bootstrap(State(server): State<Server>, headers: HeaderMap, uri: Uri, body: Bytes) -> Response {
    let answer = serde_json::from_slice::<BootstrapRequest>(&body)
        .map_err(|error| BootstrapError::Invalid(format!("the request is not in Kuma's form: {error}")))
        .and_then(|request| {
            let host = host(&headers, &uri).ok_or_else(|| BootstrapError::Invalid("Host: must say how you reached me".to_owned()))?;
            server.bootstrap(&request, host)
        });
    match answer {
        Ok(bootstrap) if wants_json(&headers) => Json(bootstrap.for_launcher()).into_response(),
        Ok(bootstrap) => bootstrap.config().to_string().into_response(),
        Err(why) => {
            tracing::warn!(%why, "a bootstrap was refused");
            let code = match why {
                BootstrapError::Invalid(_) | BootstrapError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
                BootstrapError::Unknown(_) => StatusCode::NOT_FOUND,
            };
            (code, why.to_string()).into_response()
        }
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("application/json"))
}

/// Zones and others ask somebody else.
async fn not_here() -> Response {
    Status::unimplemented("this port of a zone control plane is for its proxies: POST /bootstrap, and delta xDS (ADS)")
        .into_http::<axum::body::Body>()
}
