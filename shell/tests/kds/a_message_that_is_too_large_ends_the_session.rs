//! A message over the limit of 10 MiB ends its session, before it is in memory as a whole, and nobody else's.
use super::cast::*;
use strait_core::{
    node::{GlobalInput, Ticket},
    sync::Dialect::Strait,
};
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use strait_shell::kds::LARGEST_MESSAGE;
use tonic::Code;

#[tokio::test(start_paused = true)]
async fn and_nobody_elses() {
    let (global, pipe) = global(Strait);
    let west = zone("west", 2, Strait, &pipe);
    let mut client = stranger(pipe).await;
    let (say, said) = tokio::sync::mpsc::channel::<DeltaDiscoveryRequest>(1);
    let down = signed(tokio_stream::wrappers::ReceiverStream::new(said));
    let mut down = client.global_to_zone_sync(down).await.unwrap().into_inner();
    let _up = client.zone_to_global_sync(signed(tokio_stream::pending::<DeltaDiscoveryResponse>())).await.unwrap().into_inner();
    let huge = "x".repeat(LARGEST_MESSAGE + 1);
    // The limit holds for what is said, also if it would shrink on the way.
    say.send(DeltaDiscoveryRequest { type_url: huge, ..Default::default() }).await.unwrap();
    let status = down.message().await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.metadata().get("strait-refusal").unwrap().to_str().unwrap().contains("larger than 10485760 bytes"));
    until("the node hears of it", || global.inputs().iter().any(|input| matches!(input, GlobalInput::Closed { .. }))).await;
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(1), changes: vec![mesh()] }).await.unwrap();
    until("the other zone goes on", || west.holds("default")).await;
}
