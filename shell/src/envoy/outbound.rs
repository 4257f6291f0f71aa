//! What a workload sends to one destination: a listener on its virtual IP, or on a local port.
use super::{
    Rendered, XdsType,
    cluster::waits,
    http::{filter, manager},
    parts::{address_of, chain, tcp_tried},
    routes::routes,
};
use strait_core::plan::Outbound;
use strait_proto::envoy::config::{
    core::v3::TrafficDirection,
    listener::v3::{AdditionalAddress, Listener},
};

pub(super) fn render(outbound: &Outbound) -> Vec<Rendered> {
    let name = outbound.destination.to_string();
    let mut addresses = outbound.listens.iter().copied().map(address_of);
    // Without an address there is nothing to listen on yet.
    let Some(first) = addresses.next() else { return Vec::new() };
    let filter = if outbound.protocol.has_requests() {
        filter(&manager(&name, Vec::new(), routes(outbound), &waits(&outbound.timeouts)))
    } else {
        tcp_tried(&name, &name, outbound.timeouts.idle_ms, outbound.connect_attempts)
    };
    let listener = Listener {
        name: name.clone(),
        address: Some(first),
        additional_addresses: addresses.map(|address| AdditionalAddress { address: Some(address) }).collect(),
        filter_chains: vec![chain(vec![filter])],
        bind_to_port: outbound.redirected.then_some(false),
        traffic_direction: TrafficDirection::Outbound.into(),
        ..Listener::default()
    };
    vec![Rendered::new(XdsType::Listener, &name, &listener)]
}
