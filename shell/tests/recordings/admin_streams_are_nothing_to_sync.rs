//! Whatever becomes of an admin stream, sync goes on; and our global ends one in no way that ends more at a Kuma zone.
use super::{
    as_global::{clients, dial},
    cast::{self, Pipe},
    ear::mouth,
    stage::Global,
    wire::{Rpc, Wire},
};
use std::time::Duration;
use strait_core::{
    node::{GlobalInput, Operation, Ticket},
    resource::ZoneName,
    sync::Dialect,
};
use strait_proto::kds::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, Node, StatsRequest, StatsResponse, XdsConfigResponse, stats_response,
};
use strait_shell::kds::LARGEST_MESSAGE;
use tokio::{sync::mpsc, time::sleep};
use tonic::{Code, Status};

#[tokio::test(start_paused = true)]
async fn a_zone_goes_on_when_global_ends_them_or_says_too_much() {
    let (dialled, mut dials) = mpsc::unbounded_channel();
    let zone = cast::zone("zone-1", 1, Dialect::Strait, &Pipe(dialled));
    let mut global = Global::on(dials.recv().await.unwrap().unwrap());
    let xds = global.call(Rpc::StreamXDSConfigs).await.unwrap();
    let stats = global.call(Rpc::StreamStats).await.unwrap();
    let clusters = global.call(Rpc::StreamClusters).await.unwrap();
    let mut down = global.call(Rpc::GlobalToZoneSync).await.unwrap();
    assert!(down.ear.next("Mesh").await.is_some());
    xds.end(Status::internal("stream failed"));
    stats.say(&Wire::Ask(StatsRequest { request_id: "x".repeat(LARGEST_MESSAGE + 1), ..Default::default() }));
    clusters.end(Status::unavailable(""));
    sleep(Duration::from_secs(5)).await;
    let nothing = DeltaDiscoveryResponse { type_url: "Mesh".to_owned(), nonce: "1".to_owned(), ..Default::default() };
    down.say(&Wire::Response(nothing));
    assert!(matches!(down.ear.next("Mesh").await, Some(Wire::Request(answer)) if answer.response_nonce == "1"));
    assert!(zone.observe().peers.values().all(|peer| peer.session.is_some() && peer.last_end.is_none()));
}

#[tokio::test(start_paused = true)]
async fn global_goes_on_when_a_zone_ends_them_or_says_too_much() {
    let (global, pipe) = cast::global(Dialect::Strait);
    let (mut sync, mut rest) = clients(&dial(&pipe).await);
    let (ask, asked) = mouth::<DeltaDiscoveryRequest>();
    let (_provide, provided) = mouth::<DeltaDiscoveryResponse>();
    let mut down = sync.global_to_zone_sync(cast::signed(asked)).await.unwrap().into_inner();
    let _up = sync.zone_to_global_sync(cast::signed(provided)).await.unwrap();
    let (show, shown) = mouth::<StatsResponse>();
    let mut stats = rest.stream_stats(cast::signed(shown)).await.unwrap().into_inner();
    let mut xds = rest.stream_xds_configs(cast::signed(tokio_stream::empty::<XdsConfigResponse>())).await.unwrap().into_inner();

    let result = Some(stats_response::Result::Stats(vec![0; LARGEST_MESSAGE + 1]));
    show(&Wire::Answer(StatsResponse { request_id: "1".to_owned(), result }));
    // Neither is OK, and neither is what makes a Kuma zone end everything.
    assert_eq!(stats.message().await.unwrap_err().code(), Code::Cancelled);
    assert_eq!(xds.message().await.unwrap_err().code(), Code::Cancelled);

    let node = Some(Node { id: "east".to_owned(), ..Default::default() });
    let subscribe = vec!["*".to_owned()];
    let mesh = DeltaDiscoveryRequest { node, type_url: "Mesh".to_owned(), resource_names_subscribe: subscribe, ..Default::default() };
    ask(&Wire::Request(mesh));
    let admit = Operation::Admit(ZoneName::new("east").unwrap());
    global.mailbox.send(GlobalInput::Operate { ticket: Ticket(1), operation: admit }).await.unwrap();
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(2), changes: vec![cast::mesh()] }).await.unwrap();
    assert_eq!(down.message().await.unwrap().unwrap().resources[0].name, "default.");
}
