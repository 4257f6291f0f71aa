//! A message of as much as Kuma lets through is taken at both ends.
use super::{
    as_global::{clients, dial},
    cast::{self, Pipe},
    ear::mouth,
    stage::Global,
    wire::{Rpc, Wire},
};
use prost::Message;
use prost_types::Any;
use std::collections::BTreeMap;
use strait_core::{
    node::{GlobalInput, Operation, Ticket},
    resource::ZoneName,
    sync::Dialect,
};
use strait_proto::{
    kds::{self, DeltaDiscoveryRequest, DeltaDiscoveryResponse, KUMA_RESOURCE_TYPE_URL, KumaResource, Meta},
    mesh::{DataplaneInsight, DiscoverySubscription},
};
use strait_shell::kds::LARGEST_MESSAGE;
use tokio::sync::mpsc;

fn resource(name: &str, mesh: &str, origin: &str, spec: Any) -> kds::Resource {
    let labels = BTreeMap::from([("kuma.io/origin".to_owned(), origin.to_owned())]);
    let meta = Meta { name: name.to_owned(), mesh: mesh.to_owned(), version: String::new(), labels };
    let value = KumaResource { meta: Some(meta), spec: Some(spec), status: None }.encode_to_vec();
    let resource = Some(Any { type_url: KUMA_RESOURCE_TYPE_URL.to_owned(), value });
    kds::Resource { name: format!("{name}.{mesh}"), version: "0".repeat(64), resource }
}

/// Each has about this size; a resource has at most 4 MiB, and a secret more characters than bytes.
const EACH: usize = 2_000_000;

/// A response of such resources, which has as many bytes as a message may have. They are filled by number and size.
fn largest(kind: &str, filled: impl Fn(usize, usize) -> kds::Resource) -> DeltaDiscoveryResponse {
    let response = |last: usize| DeltaDiscoveryResponse {
        resources: (0..4).map(|number| filled(number, EACH)).chain([filled(4, last)]).collect(),
        type_url: kind.to_owned(),
        nonce: "1".to_owned(),
        ..Default::default()
    };
    // As long as its length is, about, so that what says that length is as long as well.
    let about = 2_400_000;
    let response = response(about + LARGEST_MESSAGE - response(about).encoded_len());
    assert_eq!(response.encoded_len(), LARGEST_MESSAGE);
    response
}

#[tokio::test(start_paused = true)]
async fn by_a_zone() {
    let (dialled, mut dials) = mpsc::unbounded_channel();
    let zone = cast::zone("zone-1", 1, Dialect::Strait, &Pipe(dialled));
    let mut global = Global::on(dials.recv().await.unwrap().unwrap());
    let mut down = global.call(Rpc::GlobalToZoneSync).await.unwrap();
    assert!(down.ear.next("GlobalSecret").await.is_some());
    let secret = |number: usize, bytes: usize| {
        let data = strait_proto::system::Secret { data: Some(vec![b'x'; bytes]) }.encode_to_vec();
        let spec = Any { type_url: "type.googleapis.com/kuma.system.v1alpha1.Secret".to_owned(), value: data };
        resource(&format!("a-{number}"), "", "global", spec)
    };
    down.say(&Wire::Response(largest("GlobalSecret", secret)));
    let answer = down.ear.next("GlobalSecret").await;
    assert!(matches!(answer, Some(Wire::Request(answer)) if answer.response_nonce == "1" && answer.error_detail.is_none()));
    assert!(zone.holds("a-4"));
}

#[tokio::test(start_paused = true)]
async fn by_global() {
    let (global, pipe) = cast::global(Dialect::Strait);
    let (mut sync, _) = clients(&dial(&pipe).await);
    let (_ask, asked) = mouth::<DeltaDiscoveryRequest>();
    let (provide, provided) = mouth::<DeltaDiscoveryResponse>();
    let _down = sync.global_to_zone_sync(cast::signed(asked)).await.unwrap();
    let mut up = sync.max_encoding_message_size(LARGEST_MESSAGE).zone_to_global_sync(cast::signed(provided)).await.unwrap().into_inner();
    let admit = Operation::Admit(ZoneName::new("east").unwrap());
    global.mailbox.send(GlobalInput::Operate { ticket: Ticket(1), operation: admit }).await.unwrap();
    while up.message().await.unwrap().unwrap().type_url != "DataplaneInsight" {}
    let insight = |number: usize, bytes: usize| {
        let subscription = DiscoverySubscription { id: "x".repeat(bytes), ..Default::default() };
        let spec = DataplaneInsight { subscriptions: vec![subscription], ..Default::default() }.encode_to_vec();
        let spec = Any { type_url: "type.googleapis.com/kuma.mesh.v1alpha1.DataplaneInsight".to_owned(), value: spec };
        resource(&format!("a-{number}"), "default", "zone", spec)
    };
    provide(&Wire::Response(largest("DataplaneInsight", insight)));
    loop {
        let answer = up.message().await.unwrap().unwrap();
        if !answer.response_nonce.is_empty() {
            assert!(answer.error_detail.is_none(), "{answer:?}");
            break;
        }
    }
    assert!(global.holds("a-4"));
}
