//! The two ports to which traffic is redirected: what no other listener is for goes on to where it was sent, or nowhere.
//!
//! IPv4 only: so are the virtual IPs.
use super::{
    Rendered, XdsType,
    parts::{address, chain, duration, from_proxy, tcp},
};
use std::net::Ipv4Addr;
use strait_core::plan::Redirect;
use strait_proto::envoy::config::{
    cluster::v3::{
        Cluster,
        cluster::{DiscoveryType, LbPolicy},
    },
    core::v3::TrafficDirection,
    listener::v3::Listener,
};

const INBOUND: &str = "self_transparentproxy_passthrough_inbound_ipv4";
const OUTBOUND: &str = "self_transparentproxy_passthrough_outbound_ipv4";
const NOWHERE_INBOUND: &str = "self_transparentproxy_no_destination_inbound";
const NOWHERE_OUTBOUND: &str = "self_transparentproxy_no_destination_outbound";
/// An hour: Kuma's default of a connection.
const IDLE_MS: u64 = 3_600_000;
const CONNECT_MS: u64 = 10_000;

pub(super) fn render(redirect: &Redirect) -> Vec<Rendered> {
    let inbound = if redirect.inbound_passthrough {
        Cluster { upstream_bind_config: Some(from_proxy(Ipv4Addr::UNSPECIFIED.into())), ..original(INBOUND) }
    } else {
        // The workload may listen there, but nobody asked who wants to go to it.
        nowhere(NOWHERE_INBOUND)
    };
    let outbound = if redirect.passthrough { original(OUTBOUND) } else { nowhere(NOWHERE_OUTBOUND) };
    let listeners = [
        listener(INBOUND, redirect.inbound_port, &inbound.name, TrafficDirection::Inbound),
        listener(OUTBOUND, redirect.outbound_port, &outbound.name, TrafficDirection::Outbound),
    ];
    let listeners = listeners.iter().map(|one| Rendered::new(XdsType::Listener, &one.name, one));
    listeners.chain([inbound, outbound].iter().map(|one| Rendered::new(XdsType::Cluster, &one.name, one))).collect()
}

fn listener(name: &str, port: u16, cluster: &str, direction: TrafficDirection) -> Listener {
    Listener {
        name: name.to_owned(),
        address: Some(address(Ipv4Addr::UNSPECIFIED.into(), port)),
        filter_chains: vec![chain(vec![tcp(name, cluster, IDLE_MS)])],
        use_original_dst: Some(true),
        traffic_direction: direction.into(),
        ..Listener::default()
    }
}

/// To where it was sent.
fn original(name: &str) -> Cluster {
    Cluster {
        name: name.to_owned(),
        r#type: Some(DiscoveryType::OriginalDst.into()),
        lb_policy: LbPolicy::ClusterProvided.into(),
        connect_timeout: duration(CONNECT_MS),
        ..Cluster::default()
    }
}

/// To nobody: what comes is closed.
fn nowhere(name: &str) -> Cluster {
    Cluster {
        name: name.to_owned(),
        r#type: Some(DiscoveryType::Static.into()),
        connect_timeout: duration(CONNECT_MS),
        ..Cluster::default()
    }
}
