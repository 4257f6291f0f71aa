//! Certificates that were signed beside each other may be there in another order than they were asked for.
use crate::port::{Port, stream};
use strait_core::node::{PlanUpdate, ToProxy};
use strait_proto::{
    discovery::{DeltaDiscoveryRequest, Resource},
    envoy::config::core::v3::Node,
};
use strait_shell::envoy::{Rendered, XdsType};

fn secret(version: &str) -> Rendered {
    Rendered { of: XdsType::Secret, resource: Resource { version: version.to_owned(), resource: None, name: "me".to_owned() } }
}

#[tokio::test]
async fn whichever_came_last() {
    let mut port = Port::open();
    let (ask, mut told) = stream(&mut port.connect().await).await.unwrap();
    let first = DeltaDiscoveryRequest {
        node: Some(Node { id: "shop.cart".to_owned(), ..Node::default() }),
        type_url: XdsType::Secret.url().to_owned(),
        resource_names_subscribe: vec!["me".to_owned()],
        ..DeltaDiscoveryRequest::default()
    };
    ask.send(first).await.unwrap();
    let session = port.opened().await;
    port.streams.tell(session, ToProxy::Plan(PlanUpdate { number: 1, ..PlanUpdate::default() }));
    for (request, version) in [(2, "newer"), (1, "older")] {
        port.streams.give(session, request, secret(version));
    }
    let response = told.message().await.unwrap().unwrap();
    assert_eq!(response.resources[0].version, "newer");
    let type_url = response.type_url;
    ask.send(DeltaDiscoveryRequest { response_nonce: response.nonce, type_url, ..DeltaDiscoveryRequest::default() }).await.unwrap();
    port.streams.give(session, 3, secret("newest"));
    assert_eq!(told.message().await.unwrap().unwrap().resources[0].version, "newest");
}
