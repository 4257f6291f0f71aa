//! Destinations, and who serves them.
use super::{
    Rendered, XdsType,
    http::{Waits, upstream},
    parts::{duration, endpoint},
    tls::{self, ads},
};
use std::{collections::BTreeMap, net::SocketAddr};
use strait_core::plan::{Cluster as Plan, Endpoints, OutboundTimeouts, Protocol};
use strait_proto::envoy::config::{
    cluster::v3::{
        Cluster,
        cluster::{DiscoveryType, EdsClusterConfig},
    },
    core::v3::Locality,
    endpoint::v3::{ClusterLoadAssignment, LbEndpoint, LocalityLbEndpoints},
};

pub(super) fn render(plan: &Plan) -> Rendered {
    let name = plan.destination.to_string();
    // Between two proxies requests share connections, whatever their workloads speak (as in Kuma).
    let options = plan.protocol.has_requests().then(|| upstream(Protocol::Http2, &waits(&plan.timeouts)));
    let cluster = Cluster {
        name: name.clone(),
        r#type: Some(DiscoveryType::Eds.into()),
        eds_cluster_config: Some(EdsClusterConfig { eds_config: Some(ads()), ..EdsClusterConfig::default() }),
        connect_timeout: duration(plan.timeouts.connect_ms),
        typed_extension_protocol_options: options.into_iter().collect(),
        transport_socket: plan.tls.as_ref().map(tls::upstream),
        ..Cluster::default()
    };
    Rendered::new(XdsType::Cluster, &name, &cluster)
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
