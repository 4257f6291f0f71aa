//! A global for one connection, which says what it is told to say. Like Kuma's, it begins its answer to a call with its first message.
use super::{
    ear::{Ear, Mouth, listen, mouth},
    wire::{Rpc, Spoken, Wire},
};
use std::{future::Future, io, pin::Pin, time::Duration};
use strait_proto::kds::{
    ClustersRequest, ClustersResponse, DeltaDiscoveryRequest, DeltaDiscoveryResponse, StatsRequest, StatsResponse, XdsConfigRequest,
    XdsConfigResponse, ZoneHealthCheckRequest, ZoneHealthCheckResponse,
    global_server::{GlobalKdsService, GlobalKdsServiceServer},
    sync_server::{KdsSyncService, KdsSyncServiceServer},
};
use strait_shell::kds::LARGEST_MESSAGE;
use tokio::{io::DuplexStream, sync::mpsc, time::timeout};
use tokio_stream::{Stream, StreamExt as _, wrappers::UnboundedReceiverStream};
use tonic::{Request, Response, Status, Streaming, codec::CompressionEncoding::Gzip, metadata::KeyAndValueRef};

/// How long a zone may take to open what it opens at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// One call of a zone.
pub(crate) struct Call {
    rpc: Rpc,
    pub(crate) headers: Vec<(String, String)>,
    say: Mouth,
    end: mpsc::UnboundedSender<Status>,
    pub(crate) ear: Ear,
}

/// Everything that a zone calls over one connection.
pub(crate) struct Global {
    calls: mpsc::UnboundedReceiver<Call>,
    waiting: Vec<Call>,
}

impl Call {
    pub(crate) fn say(&self, wire: &Wire) {
        (self.say)(wire);
    }

    pub(crate) fn end(&self, status: Status) {
        let _ = self.end.send(status);
    }
}

impl Global {
    /// Serves this connection.
    pub(crate) fn on(stream: DuplexStream) -> Self {
        let (sender, calls) = mpsc::unbounded_channel();
        let script = Script(sender);
        let sync = KdsSyncServiceServer::new(script.clone()).accept_compressed(Gzip).send_compressed(Gzip);
        let rest = GlobalKdsServiceServer::new(script).accept_compressed(Gzip).send_compressed(Gzip);
        let incoming = tokio_stream::once(Ok::<_, io::Error>(stream)).chain(tokio_stream::pending());
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(sync.max_decoding_message_size(LARGEST_MESSAGE))
                .add_service(rest.max_decoding_message_size(LARGEST_MESSAGE))
                .serve_with_incoming(incoming),
        );
        Self { calls, waiting: Vec::new() }
    }

    /// The next call of this method; `None`: there is none.
    pub(crate) async fn call(&mut self, rpc: Rpc) -> Option<Call> {
        loop {
            if let Some(at) = self.waiting.iter().position(|call| call.rpc == rpc) {
                return Some(self.waiting.remove(at));
            }
            self.waiting.push(timeout(PATIENCE, self.calls.recv()).await.ok()??);
        }
    }
}

#[derive(Clone)]
struct Script(mpsc::UnboundedSender<Call>);

type Said<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Script {
    fn take<H: Spoken, S: Spoken>(
        &self,
        rpc: Rpc,
        request: Request<Streaming<H>>,
    ) -> impl Future<Output = Result<Response<Said<S>>, Status>> + use<H, S> {
        let (say, said) = mouth::<S>();
        let (ear, heard) = Ear::new();
        let (end, ended) = mpsc::unbounded_channel();
        let headers = headers(&request);
        let _ = self.0.send(Call { rpc, headers, say, end, ear });
        tokio::spawn(listen(request.into_inner(), heard));
        async move {
            let end = UnboundedReceiverStream::new(ended).map(Err);
            let mut said: Said<S> = Box::pin(said.map(Ok).merge(end));
            let first = said.next().await.ok_or_else(|| Status::cancelled("nobody speaks"))??;
            Ok(Response::new(Box::pin(tokio_stream::once(Ok(first)).chain(said)) as Said<S>))
        }
    }
}

fn headers<T>(request: &Request<T>) -> Vec<(String, String)> {
    let text = |entry: KeyAndValueRef<'_>| match entry {
        KeyAndValueRef::Ascii(key, value) => Some((key.to_string(), value.to_str().unwrap().to_owned())),
        KeyAndValueRef::Binary(..) => None,
    };
    request.metadata().iter().filter_map(text).collect()
}

#[tonic::async_trait]
impl KdsSyncService for Script {
    type GlobalToZoneSyncStream = Said<DeltaDiscoveryResponse>;

    async fn global_to_zone_sync(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Said<DeltaDiscoveryResponse>>, Status> {
        self.take(Rpc::GlobalToZoneSync, request).await
    }

    type ZoneToGlobalSyncStream = Said<DeltaDiscoveryRequest>;

    async fn zone_to_global_sync(
        &self,
        request: Request<Streaming<DeltaDiscoveryResponse>>,
    ) -> Result<Response<Said<DeltaDiscoveryRequest>>, Status> {
        self.take(Rpc::ZoneToGlobalSync, request).await
    }
}

#[tonic::async_trait]
impl GlobalKdsService for Script {
    type StreamXDSConfigsStream = Said<XdsConfigRequest>;

    async fn stream_xds_configs(&self, request: Request<Streaming<XdsConfigResponse>>) -> Result<Response<Said<XdsConfigRequest>>, Status> {
        self.take(Rpc::StreamXDSConfigs, request).await
    }

    type StreamStatsStream = Said<StatsRequest>;

    async fn stream_stats(&self, request: Request<Streaming<StatsResponse>>) -> Result<Response<Said<StatsRequest>>, Status> {
        self.take(Rpc::StreamStats, request).await
    }

    type StreamClustersStream = Said<ClustersRequest>;

    async fn stream_clusters(&self, request: Request<Streaming<ClustersResponse>>) -> Result<Response<Said<ClustersRequest>>, Status> {
        self.take(Rpc::StreamClusters, request).await
    }

    /// As it was recorded: the zone may say that it is there as often as it likes.
    async fn health_check(&self, request: Request<ZoneHealthCheckRequest>) -> Result<Response<ZoneHealthCheckResponse>, Status> {
        let (ear, heard) = Ear::new();
        let _ = heard.send(Ok(Wire::HealthCheck));
        let (end, _) = mpsc::unbounded_channel();
        let _ = self.0.send(Call { rpc: Rpc::HealthCheck, headers: headers(&request), say: Box::new(|_| ()), end, ear });
        Ok(Response::new(ZoneHealthCheckResponse { interval: Some(prost_types::Duration::default()) }))
    }
}
