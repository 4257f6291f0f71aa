//! Small pieces that several resources are made of.
use prost_types::Duration;
use std::net::{IpAddr, SocketAddr};
use strait_proto::{
    any::pack,
    envoy::{
        config::{
            core::v3::{Address, BindConfig, SocketAddress, address, socket_address},
            endpoint::v3::{ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints},
            listener::v3::{Filter, FilterChain},
        },
        extensions::filters::network::tcp_proxy::v3::{TcpProxy, tcp_proxy},
    },
};

pub(super) fn address(ip: IpAddr, port: u16) -> Address {
    Address { address: Some(address::Address::SocketAddress(socket(ip, port))) }
}

pub(super) fn address_of(at: SocketAddr) -> Address {
    address(at.ip(), at.port())
}

fn socket(ip: IpAddr, port: u16) -> SocketAddress {
    SocketAddress { protocol: socket_address::Protocol::Tcp.into(), address: ip.to_string(), port_value: Some(port.into()) }
}

/// Connections that come from here are known to have been through the proxy, so that rules that redirect leave them alone (Kuma's
/// 127.0.0.6 and `::6`).
pub(super) fn from_proxy(to: IpAddr) -> BindConfig {
    let source: IpAddr = if to.is_ipv6() { [0, 0, 0, 0, 0, 0, 0, 6].into() } else { [127, 0, 0, 6].into() };
    BindConfig { source_address: Some(socket(source, 0)), ..BindConfig::default() }
}

pub(super) fn duration(ms: u64) -> Option<Duration> {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let rest = i32::try_from(ms % 1000).unwrap_or_default();
    Some(Duration { seconds, nanos: rest * 1_000_000 })
}

/// 0: for ever, which Envoy says by leaving it out.
pub(super) fn limit(ms: u64) -> Option<Duration> {
    duration(ms).filter(|_| ms > 0)
}

pub(super) fn chain(filters: Vec<Filter>) -> FilterChain {
    FilterChain { filters, ..FilterChain::default() }
}

/// Passes bytes on.
pub(super) fn tcp(stat_prefix: &str, cluster: &str, idle_ms: u64) -> Filter {
    tcp_tried(stat_prefix, cluster, idle_ms, 1)
}

/// Passes bytes on, by a connection that is tried so often.
pub(super) fn tcp_tried(stat_prefix: &str, cluster: &str, idle_ms: u64, attempts: u32) -> Filter {
    let proxy = TcpProxy {
        stat_prefix: stat_prefix.to_owned(),
        cluster_specifier: Some(tcp_proxy::ClusterSpecifier::Cluster(cluster.to_owned())),
        idle_timeout: duration(idle_ms),
        max_connect_attempts: (attempts > 1).then_some(attempts),
    };
    Filter { name: "envoy.filters.network.tcp_proxy".to_owned(), typed_config: Some(pack(&proxy)) }
}

pub(super) fn endpoint(at: SocketAddr) -> LbEndpoint {
    LbEndpoint { endpoint: Some(Endpoint { address: Some(address_of(at)) }), ..LbEndpoint::default() }
}

/// One endpoint that does not change.
pub(super) fn only(cluster: &str, at: SocketAddr) -> ClusterLoadAssignment {
    let endpoints = LocalityLbEndpoints { lb_endpoints: vec![endpoint(at)], ..LocalityLbEndpoints::default() };
    ClusterLoadAssignment { cluster_name: cluster.to_owned(), endpoints: vec![endpoints], ..ClusterLoadAssignment::default() }
}
