//! Make before break: clusters before their endpoints before the listeners that lead to them; what nothing leads to any more goes last.
use crate::stage::{Envoy, called, plan, update};
use std::collections::BTreeMap;
use strait_core::{
    node::FromProxy,
    plan::{Access, Inbound, Part, PartName},
};
use strait_shell::envoy::XdsType;

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

/// Every cluster is another, and none may be without its endpoints: a proxy that runs says nothing about clusters before it has these.
#[test]
fn a_cluster_that_is_another_gets_its_endpoints_again() {
    let before = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    let mut after = before.clone();
    for part in after.values_mut() {
        if let Part::Cluster(cluster) = part {
            cluster.timeouts.connect_ms += 1;
        }
    }
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    envoy.told.clear();
    envoy.delta.update(update(2, &before, &after));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    let both = [called("pay"), called("stock")].join(" ");
    assert_eq!(envoy.told, [format!("cluster: {both}"), format!("endpoints of: {both}")]);
}

/// The listeners that lead to a new cluster wait until the proxy says that it has it.
#[test]
fn a_listener_waits_for_what_is_said_about_clusters() {
    let (one, other) = (plan(&[("stock", "10.1.0.8")]), plan(&[("pay", "10.1.0.9")]));
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &one));
    envoy.settle();
    envoy.delta.update(update(2, &one, &other));
    let clusters = envoy.delta.next_response().unwrap();
    assert_eq!(clusters.type_url, XdsType::Cluster.url());
    assert_eq!(envoy.delta.next_response(), None, "its endpoints were not asked for yet");
    envoy.hear(clusters);
    let endpoints = envoy.delta.next_response().unwrap();
    assert_eq!(endpoints.type_url, XdsType::Endpoints.url());
    assert_eq!(envoy.delta.next_response(), None, "nothing was answered yet");
    envoy.hear(endpoints);
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
}

/// Who may connect is not left open while a new service elsewhere is found out about, which takes as long as Envoy waits for it.
#[test]
fn a_denial_waits_for_no_cluster() {
    let one = plan(&[("stock", "10.1.0.8")]);
    let mut other = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    for part in other.values_mut() {
        if let Part::Inbound(inbound) = part {
            inbound.access = Access::Known { deny: Vec::new(), allow: Vec::new() };
        }
    }
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &one));
    envoy.settle();
    envoy.delta.update(update(2, &one, &other));
    let clusters = envoy.delta.next_response().unwrap();
    assert_eq!(clusters.type_url, XdsType::Cluster.url());
    let listeners = envoy.delta.next_response().unwrap();
    let names: Vec<_> = listeners.resources.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((listeners.type_url.as_str(), &names[..]), (XdsType::Listener.url(), &["self_inbound_dp_8080"][..]));
    assert_eq!(envoy.delta.next_response(), None, "what leads to the new cluster waits for it");
    envoy.hear(clusters);
    envoy.hear(listeners);
    envoy.told.clear();
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    let pay = called("pay");
    assert_eq!(envoy.told, [format!("endpoints of: {pay}"), format!("listener: {pay}")]);
}

/// What takes an address that another has waits until that goes.
#[test]
fn a_workloads_listener_that_goes_goes_with_what_comes() {
    let one = plan(&[("stock", "10.1.0.8")]);
    let mut other = plan(&[("pay", "10.1.0.9")]);
    let inbound = other.remove(&PartName::Inbound("8080".to_owned())).unwrap();
    let Part::Inbound(inbound) = inbound else { panic!("{inbound:?}") };
    let renamed = Inbound { name: "web".to_owned(), ..inbound };
    other.insert(PartName::Inbound("web".to_owned()), Part::Inbound(renamed));
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &one));
    envoy.settle();
    envoy.told.clear();
    envoy.delta.update(update(2, &one, &other));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 2 }));
    let (stock, pay) = (called("stock"), called("pay"));
    assert_eq!(envoy.told[2], format!("listener: {pay} self_inbound_dp_web -{stock} -self_inbound_dp_8080"), "{:#?}", envoy.told);
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
