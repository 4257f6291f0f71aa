//! What a proxy takes for its workload: a listener, and the workload as the cluster behind it.
use super::{
    Rendered, XdsType, access,
    http::{Waits, filter, manager, to_workload},
    parts::{address_of, chain, duration, from_proxy, only, tcp},
    routes::all_to,
    tls,
};
use strait_core::plan::{Access, Inbound, InboundTimeouts};
use strait_proto::envoy::{
    config::{
        cluster::v3::{Cluster, cluster::DiscoveryType},
        core::v3::TrafficDirection,
        listener::v3::{Filter, FilterChain, Listener},
    },
    extensions::filters::network::http_connection_manager::v3::{
        HttpConnectionManager,
        http_connection_manager::{ForwardClientCertDetails, SetCurrentClientCertDetails},
    },
};

/// Who has not proved who he is within this time is sent away, in milliseconds: through an ingress anybody may begin a handshake, and say no more.
const HANDSHAKES_WITHIN_MS: u64 = 10_000;

pub(super) fn render(inbound: &Inbound) -> Vec<Rendered> {
    let name = format!("self_inbound_dp_{}", inbound.name);
    vec![
        Rendered::new(XdsType::Listener, &name, &listener(&name, inbound)),
        Rendered::new(XdsType::Cluster, &name, &workload(&name, inbound)),
    ]
}

fn listener(name: &str, inbound: &Inbound) -> Listener {
    Listener {
        name: name.to_owned(),
        address: Some(address_of(inbound.listens)),
        filter_chains: vec![FilterChain {
            transport_socket: inbound.identity.as_deref().map(tls::downstream),
            transport_socket_connect_timeout: inbound.identity.as_ref().and_then(|_| duration(HANDSHAKES_WITHIN_MS)),
            ..chain(filters(name, inbound))
        }],
        listener_filters: inbound.identity.iter().map(|_| tls::inspector()).collect(),
        bind_to_port: inbound.redirected.then_some(false),
        traffic_direction: TrafficDirection::Inbound.into(),
        ..Listener::default()
    }
}

fn filters(name: &str, inbound: &Inbound) -> Vec<Filter> {
    let timeouts = &inbound.timeouts;
    if !inbound.protocol.has_requests() {
        let judges = match &inbound.access {
            Access::Anybody => Vec::new(),
            Access::Known { deny, allow } => access::of_connections(name, deny, allow),
        };
        return judges.into_iter().chain([tcp(name, name, timeouts.idle_ms)]).collect();
    }
    let judges = match &inbound.access {
        Access::Anybody => Vec::new(),
        Access::Known { deny, allow } => access::of_requests(deny, allow),
    };
    let manager = HttpConnectionManager {
        // The workload sees who the client is, as far as that was proved, and nothing that the client says of it.
        forward_client_cert_details: ForwardClientCertDetails::SanitizeSet.into(),
        set_current_client_cert_details: Some(SetCurrentClientCertDetails { uri: true, ..SetCurrentClientCertDetails::default() }),
        ..manager(name, judges, all_to(name, timeouts.request_ms), &waits(timeouts))
    };
    vec![filter(&manager)]
}

fn workload(name: &str, inbound: &Inbound) -> Cluster {
    let options = inbound.protocol.has_requests().then(|| to_workload(inbound.protocol, &waits(&inbound.timeouts)));
    Cluster {
        name: name.to_owned(),
        r#type: Some(DiscoveryType::Static.into()),
        connect_timeout: duration(inbound.timeouts.connect_ms),
        load_assignment: Some(only(name, inbound.workload)),
        upstream_bind_config: inbound.redirected.then(|| from_proxy(inbound.workload.ip())),
        typed_extension_protocol_options: options.into_iter().collect(),
        ..Cluster::default()
    }
}

fn waits(timeouts: &InboundTimeouts) -> Waits {
    Waits {
        idle: timeouts.idle_ms,
        stream_idle: timeouts.stream_idle_ms,
        max_stream: timeouts.max_stream_ms,
        max_connection: timeouts.max_connection_ms,
        request_headers: timeouts.request_headers_ms,
    }
}
