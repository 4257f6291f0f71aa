//! Kuma's two services.
use super::{
    super::{DIALECT_HEADER, DIALECT_VERSION, ZONE_HEADER, authorize::token_of, outbound::lane},
    Connection, Outbound, Server, outbound,
    pairing::{Came, Half, HalfLane, PAIR_WITHIN},
};
use crate::convert::{request_to_wire, response_to_wire};
use strait_core::{resource::ZoneName, sync::Dialect};
use strait_proto::kds::{
    ClustersRequest, ClustersResponse, DeltaDiscoveryRequest, DeltaDiscoveryResponse, StatsRequest, StatsResponse, XdsConfigRequest,
    XdsConfigResponse, ZoneHealthCheckRequest, ZoneHealthCheckResponse, global_server::GlobalKdsService, sync_server::KdsSyncService,
};
use tokio::time::sleep;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataValue};

/// Who calls, and how.
struct Caller {
    connection: Connection,
    zone: ZoneName,
    dialect: Dialect,
}

impl Server {
    fn caller<T>(&self, request: &Request<T>) -> Result<Caller, Status> {
        let connection =
            request.extensions().get::<Connection>().cloned().ok_or_else(|| Status::internal("a call without a connection"))?;
        let zone =
            request.metadata().get(ZONE_HEADER).ok_or_else(|| Status::invalid_argument("the header `client-id` must name the zone"))?;
        let zone = zone.to_str().map_err(|_| Status::invalid_argument("the header `client-id` is not text"))?;
        let zone = ZoneName::new(zone).map_err(|error| Status::invalid_argument(format!("the header `client-id`: {error}")))?;
        let strait = request.metadata().get(DIALECT_HEADER).is_some_and(|version| version == DIALECT_VERSION);
        let dialect = if strait { self.0.config.dialect } else { Dialect::Kuma };
        self.0.authorize.authorize(&zone, dialect, token_of(request.metadata().as_ref()).as_ref())?;
        Ok(Caller { connection, zone, dialect })
    }

    fn came(&self, caller: Caller, lane: HalfLane) {
        let Caller { connection: Connection { id, received }, zone, dialect } = caller;
        let at = (id, zone.clone());
        match self.0.halves.came(at.clone(), Half { dialect, received, lane }) {
            Came::Paired(pair) => drop(tokio::spawn(self.clone().begin(id, zone, *pair))),
            Came::Waits(waiter) => {
                let server = self.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        biased;
                        () = waiter.gone() => {}
                        () = sleep(PAIR_WITHIN) => {}
                    }
                    server.0.halves.give_up(&at, &waiter);
                });
            }
        }
    }
}

#[tonic::async_trait]
impl KdsSyncService for Server {
    type GlobalToZoneSyncStream = Outbound<DeltaDiscoveryResponse>;

    async fn global_to_zone_sync(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::GlobalToZoneSyncStream>, Status> {
        let caller = self.caller(&request)?;
        let (responses, said) = lane();
        let envelope = self.envelope(&caller.zone, caller.dialect);
        self.came(caller, HalfLane::Down(request.into_inner(), responses));
        Ok(Response::new(outbound(said, move |response| response_to_wire(response, &envelope))))
    }

    type ZoneToGlobalSyncStream = Outbound<DeltaDiscoveryRequest>;

    async fn zone_to_global_sync(
        &self,
        request: Request<Streaming<DeltaDiscoveryResponse>>,
    ) -> Result<Response<Self::ZoneToGlobalSyncStream>, Status> {
        let caller = self.caller(&request)?;
        let (requests, said) = lane();
        let envelope = self.envelope(&caller.zone, caller.dialect);
        self.came(caller, HalfLane::Up(request.into_inner(), requests));
        Ok(Response::new(outbound(said, move |request| request_to_wire(request, &envelope))))
    }
}

/// A stream on which nothing is asked, for as long as the zone holds it open. However it ends, it says so in the one way that is nothing
/// to the zone's other streams: a plain Kuma ends them all for any status but this.
fn idle<W: Send + 'static, A: Send + 'static>(inbound: Streaming<A>) -> Outbound<W> {
    let end = Status::cancelled("nothing more is asked on this stream");
    Box::pin(inbound.take_while(Result::is_ok).filter_map(|_| None).chain(tokio_stream::once(Err(end))))
}

#[tonic::async_trait]
impl GlobalKdsService for Server {
    type StreamXDSConfigsStream = Outbound<XdsConfigRequest>;

    async fn stream_xds_configs(
        &self,
        request: Request<Streaming<XdsConfigResponse>>,
    ) -> Result<Response<Self::StreamXDSConfigsStream>, Status> {
        self.caller(&request)?;
        Ok(Response::new(idle(request.into_inner())))
    }

    type StreamStatsStream = Outbound<StatsRequest>;

    async fn stream_stats(&self, request: Request<Streaming<StatsResponse>>) -> Result<Response<Self::StreamStatsStream>, Status> {
        self.caller(&request)?;
        Ok(Response::new(idle(request.into_inner())))
    }

    type StreamClustersStream = Outbound<ClustersRequest>;

    async fn stream_clusters(&self, request: Request<Streaming<ClustersResponse>>) -> Result<Response<Self::StreamClustersStream>, Status> {
        self.caller(&request)?;
        Ok(Response::new(idle(request.into_inner())))
    }

    async fn health_check(&self, request: Request<ZoneHealthCheckRequest>) -> Result<Response<ZoneHealthCheckResponse>, Status> {
        self.caller(&request)?;
        // As often as it likes, which with a Kuma is every five minutes: the connection says by itself whether it lives.
        let mut response = Response::new(ZoneHealthCheckResponse { interval: Some(prost_types::Duration::default()) });
        if self.0.config.dialect == Dialect::Strait {
            response.metadata_mut().insert(DIALECT_HEADER, MetadataValue::from_static(DIALECT_VERSION));
        }
        Ok(response)
    }
}
