//! The port of the proxies, without a network.
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use strait_core::node::{FromProxy, Observation, ProxySession, ZoneInput};
use strait_proto::discovery::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, aggregated_discovery_service_client::AggregatedDiscoveryServiceClient,
};
use strait_shell::{
    process::Desk,
    proxies::{Admit, Claim, NotAdmitted, Server, Streams},
    token::Token,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint},
};

/// Where it listens, as far as it knows.
pub(crate) const LISTENS: u16 = 5678;

/// The port, behind which a test is the node.
pub(crate) struct Port {
    connections: mpsc::Sender<io::Result<DuplexStream>>,
    pub(crate) node: mpsc::Receiver<ZoneInput>,
    pub(crate) streams: Streams,
}

/// Believes everybody but a `stranger`, and that a mesh `late` is not there yet.
struct Everybody;

#[tonic::async_trait]
impl Admit for Everybody {
    async fn admit(&self, claim: &Claim, _: Option<&Token>) -> Result<(), NotAdmitted> {
        if claim.mesh.as_ref().is_some_and(|mesh| mesh.as_str() == "late") {
            Err(NotAdmitted::NotYet("there is no mesh `late`".to_owned()))
        } else if claim.name.as_str() == "stranger" {
            Err(NotAdmitted::Refused("who is that?".to_owned()))
        } else {
            Ok(())
        }
    }
}

impl Port {
    pub(crate) fn open() -> Self {
        Self::showing(Observation::default())
    }

    /// One whose node shows this.
    pub(crate) fn showing(shown: Observation) -> Self {
        let (mailbox, node) = mpsc::channel(16);
        let (connections, incoming) = mpsc::channel(1);
        let streams = Streams::default();
        let desk = Desk::of_zone(shown, mailbox.clone());
        let server = Server::new(mailbox, streams.clone(), Arc::new(Everybody), desk, LISTENS, "PEM");
        tokio::spawn(server.serve(ReceiverStream::new(incoming)));
        Self { connections, node, streams }
    }

    async fn dial(connections: &mpsc::Sender<io::Result<DuplexStream>>) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        connections.send(Ok(theirs)).await.unwrap();
        ours
    }

    /// A connection as Envoy's.
    pub(crate) async fn connect(&self) -> AggregatedDiscoveryServiceClient<Channel> {
        let connections = self.connections.clone();
        let connector = tower::service_fn(move |_| {
            let connections = connections.clone();
            async move { Ok::<_, io::Error>(TokioIo::new(Self::dial(&connections).await)) }
        });
        let channel = Endpoint::from_static("http://zone.example").connect_with_connector(connector).await.unwrap();
        AggregatedDiscoveryServiceClient::new(channel)
    }

    /// Who opened a stream, next.
    pub(crate) async fn opened(&mut self) -> ProxySession {
        match self.node.recv().await {
            Some(ZoneInput::Proxy(session, FromProxy::Opened { .. })) => session,
            other => panic!("{other:?}"),
        }
    }

    /// What is answered to a question for a bootstrap: the status, and the body.
    pub(crate) async fn bootstrap(&self, host: &str, body: &str) -> (String, String) {
        self.ask("/bootstrap", host, body, body.len()).await
    }

    /// What is answered to a launcher that says how many its ingress turned away.
    pub(crate) async fn turned_away(&self, body: &str) -> (String, String) {
        self.ask("/turned-away", "zone.example", body, body.len()).await
    }

    /// The same, if it never becomes a whole one.
    pub(crate) async fn half_a_question(&self) -> (String, String) {
        self.ask("/bootstrap", "zone.example", "{", 2).await
    }

    async fn ask(&self, path: &str, host: &str, body: &str, length: usize) -> (String, String) {
        let mut connection = Self::dial(&self.connections).await;
        let request = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split_whitespace().nth(1).unwrap().to_owned(), body.to_owned())
    }
}

/// A stream, on which nothing was said yet.
pub(crate) async fn stream(
    client: &mut AggregatedDiscoveryServiceClient<Channel>,
) -> Result<(mpsc::Sender<DeltaDiscoveryRequest>, Streaming<DeltaDiscoveryResponse>), Status> {
    let (ask, asking) = mpsc::channel(4);
    let told = client.delta_aggregated_resources(ReceiverStream::new(asking)).await?;
    Ok((ask, told.into_inner()))
}
