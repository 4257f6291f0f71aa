//! A proxy that connects anew says what it holds, and is told the difference.
use crate::stage::{Envoy, called, plan, update};
use std::collections::BTreeMap;
use strait_core::{
    node::FromProxy,
    plan::{Part, PartName},
};

#[test]
fn and_nothing_if_there_is_none() {
    let before = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    let after = plan(&[("stock", "10.1.0.20"), ("mail", "10.1.0.10")]);
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    let held = envoy.holds.clone();
    envoy.told.clear();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    assert_eq!(envoy.holds, held);
    assert_eq!(envoy.told, ["cluster: ", "endpoints of: ", "listener: "], "that there is no difference");
    envoy.told.clear();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &after));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    assert!(envoy.holds.keys().all(|(_, name)| *name != called("pay")));
    let mut fresh = Envoy::default();
    fresh.connect();
    fresh.delta.update(update(1, &BTreeMap::new(), &after));
    fresh.settle();
    assert_eq!(envoy.holds, fresh.holds);
}

fn slower(mut plan: BTreeMap<PartName, Part>) -> BTreeMap<PartName, Part> {
    for part in plan.values_mut() {
        if let Part::Cluster(cluster) = part {
            cluster.timeouts.connect_ms += 1;
        }
    }
    plan
}

/// The proxy's question for endpoints is on its way when it is told another cluster: what it says there that it holds was of the cluster before.
#[test]
fn and_endpoints_of_a_cluster_that_it_was_told_meanwhile() {
    let before = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    envoy.told.clear();
    envoy.begin();
    envoy.delta.update(update(1, &BTreeMap::new(), &slower(before)));
    let clusters = envoy.delta.next_response().unwrap();
    envoy.ask_the_rest();
    envoy.hear(clusters);
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    assert_eq!(envoy.told[1], format!("endpoints of: {} {}", called("pay"), called("stock")));
}

/// It lost its connection between a cluster and its endpoints, and so does not even ask for clusters.
#[test]
fn and_endpoints_that_it_waited_for() {
    let before = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    let after = slower(before.clone());
    let mut envoy = Envoy::default();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    envoy.delta.update(update(2, &before, &after));
    let clusters = envoy.delta.next_response().unwrap();
    envoy.hear(clusters);
    envoy.told.clear();
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &after));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    assert_eq!(envoy.told[0], format!("endpoints of: {} {}", called("pay"), called("stock")));
}
