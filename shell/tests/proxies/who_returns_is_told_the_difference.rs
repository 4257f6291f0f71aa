//! A proxy that connects anew says what it holds, and is told the difference.
use crate::stage::{Envoy, called, plan, update};
use std::collections::BTreeMap;
use strait_core::node::FromProxy;

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
