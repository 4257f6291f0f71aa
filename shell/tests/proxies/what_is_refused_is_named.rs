//! A proxy that refuses something keeps what it had; it is not offered the same again, and everything else goes on.
use crate::stage::{Envoy, called, plan, update};
use std::collections::BTreeMap;
use strait_core::node::FromProxy;
use strait_proto::discovery::DeltaDiscoveryRequest;
use strait_shell::proxies::Nonsense;

#[test]
fn until_it_is_another() {
    let (before, after) = (plan(&[("stock", "10.1.0.8")]), plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]));
    let mut envoy = Envoy { refuses: vec![called("pay")], ..Envoy::default() };
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    envoy.delta.update(update(2, &before, &after));
    let Some(FromProxy::Refused { update: 2, why }) = envoy.settle() else { panic!("it was not refused") };
    assert!(why.contains(&format!("cluster {}: no: {}", called("pay"), called("pay"))), "{why}");
    envoy.told.clear();
    assert_eq!(envoy.settle(), None);
    assert_eq!(envoy.told, [""; 0], "the same is not offered again");
    envoy.delta.update(update(3, &after, &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 3 }), "what is no more is not refused any more");
}

#[test]
fn what_makes_no_sense_ends_the_stream() {
    let ask = |of: &str| DeltaDiscoveryRequest { type_url: of.to_owned(), ..DeltaDiscoveryRequest::default() };
    let mut envoy = Envoy::default();
    assert_eq!(envoy.delta.request(ask("type.googleapis.com/nothing")), Err(Nonsense::Type("type.googleapis.com/nothing".to_owned())));
    let names = (0..100_001).map(|number| number.to_string()).collect();
    let request = DeltaDiscoveryRequest { resource_names_subscribe: names, ..ask(strait_shell::envoy::XdsType::Endpoints.url()) };
    assert_eq!(envoy.delta.request(request), Err(Nonsense::TooMuch));
}
