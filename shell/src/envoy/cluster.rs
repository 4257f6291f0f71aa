//! Destinations, and who serves them.
use super::{
    Rendered, XdsType, health,
    http::{Waits, to_proxy},
    parts::{duration, endpoint},
    tls::{self, ads},
};
use std::{collections::BTreeMap, net::SocketAddr};
use strait_core::plan::{Cluster as Plan, Endpoints, OutboundTimeouts};
use strait_proto::envoy::config::{
    cluster::v3::{
        Cluster, UpstreamConnectionOptions,
        cluster::{DiscoveryType, EdsClusterConfig},
    },
    core::v3::{Locality, TcpKeepalive},
    endpoint::v3::{ClusterLoadAssignment, LbEndpoint, LocalityLbEndpoints},
};

/// So many probes without an answer, and a connection is closed.
const PROBES: u32 = 3;
const PROBED_AFTER_S: u32 = 10;
const PROBED_EVERY_S: u32 = 5;

pub(super) fn render(plan: &Plan) -> Rendered {
    let name = plan.destination.to_string();
    let options = plan.protocol.has_requests().then(|| to_proxy(&waits(&plan.timeouts)));
    let cluster = Cluster {
        name: name.clone(),
        r#type: Some(DiscoveryType::Eds.into()),
        eds_cluster_config: Some(EdsClusterConfig { eds_config: Some(ads()), ..EdsClusterConfig::default() }),
        connect_timeout: duration(plan.timeouts.connect_ms),
        health_checks: plan.health_check.as_ref().map(health::check).into_iter().collect(),
        common_lb_config: plan.panic.as_ref().map(health::panic),
        typed_extension_protocol_options: options.into_iter().collect(),
        upstream_connection_options: Some(UpstreamConnectionOptions { tcp_keepalive: Some(alive()) }),
        transport_socket: plan.tls.as_ref().map(tls::upstream),
        ..Cluster::default()
    };
    Rendered::new(XdsType::Cluster, &name, &cluster)
}

/// What goes over a connection of bytes is not asked for an answer; so one over which nothing is said is probed.
fn alive() -> TcpKeepalive {
    TcpKeepalive { keepalive_probes: Some(PROBES), keepalive_time: Some(PROBED_AFTER_S), keepalive_interval: Some(PROBED_EVERY_S) }
}

/// Those of the cluster that is called so.
pub(super) fn endpoints(name: &str, plan: &Endpoints) -> Rendered {
    let mut by_priority: BTreeMap<u8, Vec<LbEndpoint>> = BTreeMap::new();
    for one in &plan.endpoints {
        by_priority.entry(one.priority).or_default().push(endpoint(SocketAddr::new(one.address, one.port)));
    }
    let zone = plan.destination.service.zone.as_ref().map(ToString::to_string).unwrap_or_default();
    // Envoy wants priorities without gaps: where there is nobody in this zone, others come first.
    let endpoints = (0..).zip(by_priority.into_values()).map(|(priority, lb_endpoints)| LocalityLbEndpoints {
        locality: Some(Locality { zone: zone.clone(), ..Locality::default() }),
        lb_endpoints,
        priority,
        ..LocalityLbEndpoints::default()
    });
    let endpoints = endpoints.collect();
    let assignment = ClusterLoadAssignment { cluster_name: name.to_owned(), endpoints, ..ClusterLoadAssignment::default() };
    Rendered::new(XdsType::Endpoints, name, &assignment)
}

pub(super) fn waits(timeouts: &OutboundTimeouts) -> Waits {
    Waits {
        idle: timeouts.idle_ms,
        stream_idle: timeouts.stream_idle_ms,
        max_stream: timeouts.max_stream_ms,
        max_connection: timeouts.max_connection_ms,
        request_headers: 0,
    }
}
