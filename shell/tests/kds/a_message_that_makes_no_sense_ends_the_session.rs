//! Whoever does not speak the protocol is told so, and the session is over.
use super::cast::*;
use strait_core::{node::GlobalInput, sync::Dialect::Strait};
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use tonic::{Code, Request};

#[tokio::test(start_paused = true)]
async fn and_global_says_why() {
    let (global, pipe) = global(Strait);
    let mut client = stranger(pipe).await;
    let (say, said) = tokio::sync::mpsc::channel::<DeltaDiscoveryRequest>(1);
    let down = signed(tokio_stream::wrappers::ReceiverStream::new(said));
    let mut down = client.global_to_zone_sync(down).await.unwrap().into_inner();
    let mut up = client.zone_to_global_sync(signed(tokio_stream::pending::<DeltaDiscoveryResponse>())).await.unwrap().into_inner();
    say.send(DeltaDiscoveryRequest { type_url: "no kind".to_owned(), ..Default::default() }).await.unwrap();
    let status = down.message().await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.metadata().get("strait-refusal").unwrap().to_str().unwrap().contains("no kind"));
    // The other lane may have said something before.
    let status = loop {
        if let Err(status) = up.message().await {
            break status;
        }
    };
    assert_eq!(status.code(), Code::InvalidArgument);
    until("the node hears of it", || global.inputs().iter().any(|input| matches!(input, GlobalInput::Closed { .. }))).await;
}

#[tokio::test(start_paused = true)]
async fn a_lane_alone_is_no_session() {
    let (global, pipe) = global(Strait);
    let mut client = stranger(pipe).await;
    let nameless = client.zone_to_global_sync(tokio_stream::pending::<DeltaDiscoveryResponse>()).await.unwrap_err();
    assert_eq!(nameless.code(), Code::InvalidArgument);
    let mut alone = Request::new(tokio_stream::pending::<DeltaDiscoveryResponse>());
    alone.metadata_mut().insert("client-id", "east".parse().unwrap());
    let mut up = client.zone_to_global_sync(alone).await.unwrap().into_inner();
    assert_eq!(up.message().await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(global.inputs(), Vec::new());
}
