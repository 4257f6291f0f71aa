//! Whatever comes and goes, and however containers fare: no two pods have one address, what runs is of a pod that is there, and what was deleted goes.
use super::node::{Node, container};
use proptest::prelude::*;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};
use strait_scenarios::kubernetes::kubelet::{Became, Order, PodId};

#[derive(Clone, Debug)]
enum Op {
    Create(u8),
    Delete(u8, u32),
    /// The nth of what runs: it began, is ready, ended well, or not.
    Report(u8, u8),
    Pass(u64),
    Away(bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..6_u8).prop_map(Op::Create),
        2 => (0..6_u8, 0..10_u32).prop_map(|(pod, grace)| Op::Delete(pod, grace)),
        6 => (any::<u8>(), 0..4_u8).prop_map(|(which, what)| Op::Report(which, what)),
        2 => (1..20_u64).prop_map(Op::Pass),
        1 => any::<bool>().prop_map(Op::Away),
    ]
}

/// What an observer knows who sees only orders.
#[derive(Default)]
struct Seen {
    addresses: BTreeMap<PodId, Ipv4Addr>,
    running: BTreeSet<(PodId, String)>,
}

impl Seen {
    fn take(&mut self, orders: Vec<Order>) -> Result<(), TestCaseError> {
        for order in orders {
            match order {
                Order::Run { pod, address, container } => {
                    let taken = self.addresses.iter().any(|(other, at)| *other != pod && *at == address);
                    prop_assert!(!taken, "{pod} has {address}, which is another's");
                    prop_assert!(self.addresses.insert(pod.clone(), address).is_none_or(|before| before == address));
                    prop_assert!(self.running.insert((pod, container.name.clone())), "it runs already");
                }
                Order::Stop { pod, container, .. } => {
                    prop_assert!(self.running.contains(&(pod, container)), "what does not run is to end");
                }
                Order::Gone { pod, .. } => {
                    self.addresses.remove(&pod);
                    self.running.retain(|(of, _)| *of != pod);
                }
            }
        }
        Ok(())
    }
}

/// Until it orders nothing more, in a bounded number of looks.
fn settle(node: &mut Node, seen: &mut Seen) -> Result<(), TestCaseError> {
    for _ in 0..100 {
        node.cluster.settle();
        let before = node.cluster.api.version();
        let orders = node.kubelet.look(&mut node.cluster.api, node.cluster.now);
        let is_quiet = orders.is_empty() && node.cluster.api.version() == before;
        seen.take(orders)?;
        if is_quiet {
            return Ok(());
        }
    }
    Err(TestCaseError::fail("it never comes to rest"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nobody_shares_an_address(ops in prop::collection::vec(op(), 1..60)) {
        let (mut node, mut seen) = (Node::with(3), Seen::default());
        let mut sidecar = container("sidecar");
        sidecar["restartPolicy"] = json!("Always");
        let spec = json!({"initContainers": [container("first"), sidecar], "containers": [container("main")]});
        for op in ops {
            match op {
                Op::Create(name) => {
                    if !node.cluster.api.faults().is_away && node.cluster.get(&format!("{}/pod-{name}", super::cluster::PODS))["code"] == 404 {
                        node.create(&format!("pod-{name}"), &spec);
                    }
                }
                Op::Delete(name, grace) => {
                    if !node.cluster.api.faults().is_away {
                        node.delete(&format!("pod-{name}"), grace);
                    }
                }
                Op::Report(which, what) => {
                    let Some((pod, container)) = seen.running.iter().nth(usize::from(which) % seen.running.len().max(1)).cloned() else { continue };
                    let became = match what {
                        0 => Became::Running,
                        1 => Became::Ready(true),
                        2 => Became::Exited { code: 0 },
                        _ => Became::Exited { code: 1 },
                    };
                    if let Became::Exited { .. } = became {
                        seen.running.remove(&(pod.clone(), container.clone()));
                    }
                    node.kubelet.report(node.cluster.now, &pod, &container, became);
                }
                Op::Pass(seconds) => node.cluster.pass(seconds),
                Op::Away(is_away) => node.cluster.api.faults_mut().is_away = is_away,
            }
            settle(&mut node, &mut seen)?;
        }
        // At last all is deleted, and whoever is asked to end ends.
        node.cluster.api.faults_mut().is_away = false;
        (0..6).for_each(|name| node.delete(&format!("pod-{name}"), 1));
        for _ in 0..20 {
            settle(&mut node, &mut seen)?;
            node.cluster.pass(2);
            for (pod, container) in std::mem::take(&mut seen.running) {
                node.kubelet.report(node.cluster.now, &pod, &container, Became::Exited { code: 137 });
            }
        }
        settle(&mut node, &mut seen)?;
        prop_assert_eq!(node.cluster.names(super::cluster::PODS), Vec::<String>::new());
        prop_assert!(seen.addresses.is_empty(), "addresses are kept of {:?}", seen.addresses);
    }
}
