//! Who does not say who it is holds a place only for a while, and there are not many.
use crate::port::{Port, stream};
use strait_proto::{discovery::DeltaDiscoveryRequest, envoy::config::core::v3::Node};
use strait_shell::envoy::XdsType;
use tonic::Code;

#[tokio::test(start_paused = true)]
async fn nor_are_there_many() {
    let mut port = Port::open();
    let mut strangers = Vec::new();
    for _ in 0..4 {
        let mut client = port.connect().await;
        for _ in 0..64 {
            strangers.push(stream(&mut client).await.unwrap());
        }
    }
    let mut client = port.connect().await;
    let refused = stream(&mut client).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::ResourceExhausted, "too many proxies come at once; come again"));
    // One of them says who it is, and is none any more.
    let node = Node { id: "shop.cart".to_owned(), ..Node::default() };
    let first = DeltaDiscoveryRequest { node: Some(node), type_url: XdsType::Cluster.url().to_owned(), ..DeltaDiscoveryRequest::default() };
    strangers[0].0.send(first).await.unwrap();
    port.opened().await;
    strangers.push(stream(&mut client).await.unwrap());
    let late = strangers.last_mut().unwrap().1.message().await.unwrap_err();
    assert_eq!((late.code(), late.message()), (Code::DeadlineExceeded, "there was no request within 10 s"));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_bootstrap_is_not_waited_for_either() {
    let port = Port::open();
    let (status, _) = port.half_a_question().await;
    assert_eq!(status, "408");
}
