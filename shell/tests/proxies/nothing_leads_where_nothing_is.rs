//! Make before break: clusters before their endpoints before the listeners that lead to them; what nothing leads to any more goes last.
use crate::stage::{Envoy, called, plan, update};
use std::collections::BTreeMap;
use strait_core::node::FromProxy;

#[test]
fn what_is_new_comes_from_behind_and_what_goes_goes_from_before() {
    let (one, other) = (plan(&[("stock", "10.1.0.8")]), plan(&[("pay", "10.1.0.9")]));
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &one));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    let stock = called("stock");
    let [clusters, endpoints, listeners] = &envoy.told[..] else { panic!("{:#?}", envoy.told) };
    assert!(clusters.starts_with("cluster: ") && clusters.contains(&stock), "{clusters}");
    assert_eq!(*endpoints, format!("endpoints of: {stock}"));
    assert!(listeners.starts_with("listener: ") && listeners.contains(&stock) && listeners.contains("self_inbound_dp_8080"), "{listeners}");
    envoy.told.clear();
    envoy.delta.update(update(2, &one, &other));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    let pay = called("pay");
    let expected =
        [format!("cluster: {pay}"), format!("endpoints of: {pay}"), format!("listener: {pay} -{stock}"), format!("cluster: -{stock}")];
    assert_eq!(envoy.told, expected);
}

#[test]
fn an_endpoint_is_one_message_with_one_resource() {
    let (before, after) = (plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]), plan(&[("stock", "10.1.0.20"), ("pay", "10.1.0.9")]));
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    envoy.told.clear();
    envoy.delta.update(update(2, &before, &after));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    assert_eq!(envoy.told, [format!("endpoints of: {}", called("stock"))]);
}

#[test]
fn a_proxy_without_anything_is_told_so() {
    let mut envoy = Envoy::default();
    envoy.connect();
    assert_eq!(envoy.settle(), None);
    envoy.delta.update(update(1, &BTreeMap::new(), &BTreeMap::new()));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    assert_eq!(envoy.told, ["cluster: ", "listener: "]);
}
