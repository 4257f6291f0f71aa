//! A proxy as its zone sees it: one connection over TLS, one stream of delta xDS. It asks as Envoy does, takes all it is told, and tells when.
use hyper_util::rt::TokioIo;
use prost::Message as _;
use rustls::pki_types::ServerName;
use std::{collections::BTreeSet, io, sync::mpsc, time::Instant};
use strait_proto::{
    discovery::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, aggregated_discovery_service_client::AggregatedDiscoveryServiceClient},
    envoy::config::{
        cluster::v3::{Cluster, cluster::DiscoveryType},
        core::v3::Node,
    },
};
use strait_shell::envoy::XdsType;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};

/// That a proxy has answered what its clusters are to be.
pub(crate) struct Acknowledged {
    pub(crate) proxy: usize,
    /// How long they may take to connect: what the policy says.
    pub(crate) milliseconds: u32,
    /// How long the response was.
    pub(crate) bytes: usize,
    pub(crate) at: Instant,
}

/// Who connects, and to whom.
pub(crate) struct Proxy {
    pub(crate) number: usize,
    pub(crate) name: String,
    /// What it brings along.
    pub(crate) dataplane: String,
    pub(crate) token: String,
    pub(crate) zone: String,
    pub(crate) connector: TlsConnector,
    pub(crate) told: mpsc::Sender<Acknowledged>,
}

impl Proxy {
    /// Until the connection ends, which it is not to.
    pub(crate) async fn run(self) {
        let mut client = AggregatedDiscoveryServiceClient::new(connect(&self.zone, &self.connector).await);
        let (ask, asks) = tokio::sync::mpsc::channel(16);
        let mut first = subscribe(XdsType::Cluster, Vec::new());
        let text = |text: &str| prost_types::Value { kind: Some(prost_types::value::Kind::StringValue(text.to_owned())) };
        let metadata = prost_types::Struct { fields: [("dataplane.resource".to_owned(), text(&self.dataplane))].into() };
        first.node = Some(Node { id: format!("default.{}", self.name), metadata: Some(metadata) });
        ask.send(first).await.unwrap();
        let mut request = Request::new(ReceiverStream::new(asks));
        request.metadata_mut().insert("authorization", self.token.parse().unwrap());
        let mut said = client.delta_aggregated_resources(request).await.unwrap().into_inner();
        let (mut asked, mut asks_listeners) = (BTreeSet::new(), false);
        while let Some(response) = said.message().await.unwrap_or_else(|status| panic!("{}: {status}", self.name)) {
            let of = XdsType::of(&response.type_url).unwrap();
            let acknowledged = DeltaDiscoveryRequest {
                type_url: response.type_url.clone(),
                response_nonce: response.nonce.clone(),
                ..DeltaDiscoveryRequest::default()
            };
            let _ = ask.send(acknowledged).await;
            if of == XdsType::Cluster {
                let clusters = clusters(&response);
                if let Some((_, milliseconds)) = clusters.first() {
                    let (milliseconds, bytes) = (*milliseconds, response.encoded_len());
                    // The bench may be over.
                    let _ = self.told.send(Acknowledged { proxy: self.number, milliseconds, bytes, at: Instant::now() });
                }
                let names: Vec<String> = clusters.into_iter().map(|(name, _)| name).filter(|name| asked.insert(name.clone())).collect();
                if !names.is_empty() {
                    let _ = ask.send(subscribe(XdsType::Endpoints, names)).await;
                }
            }
            if of == XdsType::Endpoints && !asks_listeners {
                asks_listeners = true;
                let _ = ask.send(subscribe(XdsType::Listener, Vec::new())).await;
            }
        }
    }
}

fn subscribe(of: XdsType, names: Vec<String>) -> DeltaDiscoveryRequest {
    DeltaDiscoveryRequest { type_url: of.url().to_owned(), resource_names_subscribe: names, ..DeltaDiscoveryRequest::default() }
}

/// Those that need endpoints, and how long they may take to connect.
fn clusters(said: &DeltaDiscoveryResponse) -> Vec<(String, u32)> {
    let read = |resource: &strait_proto::discovery::Resource| {
        let cluster = Cluster::decode(&*resource.resource.as_ref()?.value).unwrap();
        let needs = cluster.r#type == Some(DiscoveryType::Eds.into());
        let time = cluster.connect_timeout.unwrap_or_default();
        let milliseconds = u32::try_from(time.seconds * 1000 + i64::from(time.nanos / 1_000_000)).unwrap();
        needs.then_some((cluster.name, milliseconds))
    };
    said.resources.iter().filter_map(read).collect()
}

async fn connect(to: &str, connector: &TlsConnector) -> Channel {
    let (to, connector) = (to.to_owned(), connector.clone());
    let dial = tower::service_fn(move |_| {
        let (to, connector) = (to.clone(), connector.clone());
        async move {
            let stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await?;
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(dial).await.unwrap()
}
