//! A session has no half: when one of its lanes ends, however cleanly, all of it has ended, and a zone dials again.
use super::cast::*;
use std::pin::Pin;
use strait_core::{
    node::{GlobalInput, ZoneInput},
    sync::{Dialect, Lane},
};
use strait_proto::kds::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse,
    sync_server::{KdsSyncService, KdsSyncServiceServer},
};
use tokio_stream::{Stream, wrappers::UnboundedReceiverStream};
use tonic::{Request, Response, Status, Streaming};

type Said<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// A global, or a balancer before it, that ends one lane cleanly as soon as it is opened, and lets the other be.
struct Ends(Lane);

impl Ends {
    fn said<T: Send + 'static>(&self, lane: Lane) -> Result<Response<Said<T>>, Status> {
        let said: Said<T> = if self.0 == lane { Box::pin(tokio_stream::empty()) } else { Box::pin(tokio_stream::pending()) };
        Ok(Response::new(said))
    }
}

#[tonic::async_trait]
impl KdsSyncService for Ends {
    type GlobalToZoneSyncStream = Said<DeltaDiscoveryResponse>;

    async fn global_to_zone_sync(
        &self,
        _: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Said<DeltaDiscoveryResponse>>, Status> {
        self.said(Lane::Down)
    }

    type ZoneToGlobalSyncStream = Said<DeltaDiscoveryRequest>;

    async fn zone_to_global_sync(
        &self,
        _: Request<Streaming<DeltaDiscoveryResponse>>,
    ) -> Result<Response<Said<DeltaDiscoveryRequest>>, Status> {
        self.said(Lane::Up)
    }
}

async fn a_zone_dials_again_after(lane: Lane) {
    let (dialled, incoming) = tokio::sync::mpsc::unbounded_channel();
    let incoming = UnboundedReceiverStream::new(incoming);
    let incoming = tokio_stream::StreamExt::map(incoming, |stream: std::io::Result<tokio::io::DuplexStream>| stream);
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(KdsSyncServiceServer::new(Ends(lane)).accept_compressed(GZIP))
            .serve_with_incoming(incoming),
    );
    let east = zone("east", 2, Dialect::Strait, &Pipe(dialled));
    let count = |wanted: fn(&ZoneInput) -> bool| east.inputs().iter().filter(|input| wanted(input)).count();
    let opened = || count(|input| matches!(input, ZoneInput::Dialed(Ok(_))));
    let ended = || count(|input| matches!(input, ZoneInput::Closed { .. }));
    until("it dials a third time", || opened() >= 3).await;
    assert!(ended() >= 2, "each session ended before the next began");
}

const GZIP: tonic::codec::CompressionEncoding = tonic::codec::CompressionEncoding::Gzip;

#[tokio::test(start_paused = true)]
async fn the_lane_down_of_a_zone() {
    a_zone_dials_again_after(Lane::Down).await;
}

#[tokio::test(start_paused = true)]
async fn the_lane_up_of_a_zone() {
    a_zone_dials_again_after(Lane::Up).await;
}

async fn global_hears_of_the_end_of(lane: Lane) {
    let (global, pipe) = global(Dialect::Strait);
    let mut client = stranger(pipe).await;
    let (down_open, down) = tokio::sync::mpsc::channel::<DeltaDiscoveryRequest>(1);
    let (up_open, up) = tokio::sync::mpsc::channel::<DeltaDiscoveryResponse>(1);
    let down = signed(tokio_stream::wrappers::ReceiverStream::new(down));
    let up = signed(tokio_stream::wrappers::ReceiverStream::new(up));
    let mut down = client.global_to_zone_sync(down).await.unwrap().into_inner();
    let mut up = client.zone_to_global_sync(up).await.unwrap().into_inner();
    until("the session is open", || global.inputs().iter().any(|input| matches!(input, GlobalInput::Opened { .. }))).await;
    let _other: Box<dyn std::any::Any> = match lane {
        Lane::Down => {
            drop(down_open);
            Box::new(up_open)
        }
        Lane::Up => {
            drop(up_open);
            Box::new(down_open)
        }
    };
    until("the node hears of it", || global.inputs().iter().any(|input| matches!(input, GlobalInput::Closed { .. }))).await;
    // And so does whoever still listens on the other lane: it is no OK that ends it.
    let other = match lane {
        Lane::Down => until_it_ends(&mut up).await,
        Lane::Up => until_it_ends(&mut down).await,
    };
    assert!(other.is_some(), "the other lane ended cleanly, which a Kuma zone takes for good");
    assert_eq!(global.inputs().iter().filter(|input| matches!(input, GlobalInput::Closed { .. })).count(), 1);
}

/// How a lane ends, within an hour at most. `None`: cleanly.
async fn until_it_ends<T>(lane: &mut Streaming<T>) -> Option<Status> {
    let hour = tokio::time::Instant::now() + std::time::Duration::from_secs(3600);
    loop {
        match tokio::time::timeout_at(hour, lane.message()).await.expect("the lane ends") {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(status) => return Some(status),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_lane_down_at_global() {
    global_hears_of_the_end_of(Lane::Down).await;
}

#[tokio::test(start_paused = true)]
async fn the_lane_up_at_global() {
    global_hears_of_the_end_of(Lane::Up).await;
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_is_opened_again_ends_the_older_one() {
    let (global, pipe) = global(Dialect::Strait);
    let mut client = stranger(pipe).await;
    let open = || signed(tokio_stream::pending::<DeltaDiscoveryRequest>());
    let mut older = client.global_to_zone_sync(open()).await.unwrap().into_inner();
    let mut newer = client.global_to_zone_sync(open()).await.unwrap().into_inner();
    assert_eq!(until_it_ends(&mut older).await.unwrap().code(), tonic::Code::Aborted);
    let (up_open, up) = tokio::sync::mpsc::channel::<DeltaDiscoveryResponse>(1);
    let _up = client.zone_to_global_sync(signed(tokio_stream::wrappers::ReceiverStream::new(up))).await.unwrap();
    until("the session is open", || global.inputs().iter().any(|input| matches!(input, GlobalInput::Opened { .. }))).await;
    // It is one session, with one pair of lanes: the end of the one is the end of the other.
    drop(up_open);
    assert!(until_it_ends(&mut newer).await.is_some());
    assert_eq!(global.inputs().iter().filter(|input| matches!(input, GlobalInput::Opened { .. })).count(), 1);
}
