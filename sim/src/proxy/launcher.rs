//! Where workloads are, and how the proxy beside one comes to its zone control plane.
use rand::{RngExt as _, rngs::ChaCha8Rng};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use strait_core::node::FromProxy;
use strait_scenarios::{
    ingress::zone_ingress,
    workload::{ProxyId, Workload},
    world::Setup,
};

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

/// What a proxy is there for.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// It stands beside this workload.
    Serves(Workload),
    /// It lets workloads of other zones in.
    LetsIn,
}

/// All proxies of a setup, in the order of their addresses.
pub(crate) fn all(setup: &Setup) -> impl Iterator<Item = (ProxyId, Does)> {
    let workloads = setup.proxies.iter().map(|(id, workload)| (id.clone(), Does::Serves(workload.clone())));
    workloads.chain(setup.ingresses.iter().map(|id| (id.clone(), Does::LetsIn)))
}

/// Where those are after a move that may move: behind everybody else.
pub(crate) fn elsewhere(setup: &Setup, who: &ProxyId) -> Option<IpAddr> {
    let others = setup.proxies.len() + setup.ingresses.len() + setup.forwarders.len();
    let nth = others + 1 + setup.moves.iter().position(|moves| moves == who)?;
    u32::try_from(nth).ok().map(address)
}

/// What a proxy says first: what it is, at this address; `None`: its zone knows that from a cluster.
pub(crate) fn opened(id: &ProxyId, does: &Does, address: Option<IpAddr>) -> FromProxy {
    let mesh = if let Does::Serves(workload) = does { Some(workload.mesh.clone()) } else { None };
    let brought = address.map(|address| match does {
        Does::Serves(workload) => workload.dataplane(&id.name, address),
        Does::LetsIn => zone_ingress(id, address),
    });
    FromProxy::Opened { mesh, name: id.name.clone(), dataplane: brought.map(Box::new), version: Default::default() }
}
