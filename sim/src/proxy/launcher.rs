//! Where workloads are, and how the proxy beside one comes to its zone control plane.
use rand::{RngExt as _, rngs::ChaCha8Rng};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use strait_core::node::FromProxy;
use strait_scenarios::workload::{ProxyId, Workload};

/// From one host of a zone to another.
pub(crate) const AT_HOME: Duration = Duration::from_millis(1);

/// The address of the nth workload of a world.
pub(crate) fn address(nth: u32) -> IpAddr {
    Ipv4Addr::from_bits(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + nth).into()
}

/// Which of the ways to its zone that are there a launcher takes: the one that it took before, else the shortest, of those the first.
pub(crate) fn nearest(there: impl Iterator<Item = (usize, Duration)>, before: Option<usize>) -> Option<(usize, Duration)> {
    there.min_by_key(|(way, delay)| (Some(*way) != before, *delay, *way))
}

/// How long a launcher without a connection waits before it tries again.
pub(crate) fn pause(rng: &mut ChaCha8Rng) -> Duration {
    Duration::from_millis(rng.random_range(500..=1500))
}

/// What a proxy says first.
pub(crate) fn opened(id: &ProxyId, workload: &Workload, address: IpAddr) -> FromProxy {
    let dataplane = Some(Box::new(workload.dataplane(&id.name, address)));
    FromProxy::Opened { mesh: Some(workload.mesh.clone()), name: id.name.clone(), dataplane, version: Default::default() }
}
