//! An ingress: one listener that stays as it is, and for each server name that it lets through a cluster of that name, with those who
//! serve it.
//!
//! The listener reads the server name (SNI) and passes the connection's bytes on to the cluster that is called by it, behind a prefix: so nobody
//! reaches a cluster that is none of these by asking for its name. Kuma has a filter chain for each name; then every service that comes or goes is
//! a new listener, which holds the names of all meshes.
use super::{
    Rendered, XdsType, cluster,
    parts::{address_of, chain, duration, tcp},
    tls,
};
use strait_core::plan::{Entrance, Passage};
use strait_proto::{
    any::pack,
    envoy::{
        config::{
            cluster::v3::{
                CircuitBreakers, Cluster,
                circuit_breakers::Thresholds,
                cluster::{DiscoveryType, EdsClusterConfig},
            },
            core::v3::{
                DataSource, SubstitutionFormatString, TrafficDirection, data_source::Specifier, substitution_format_string::Format,
            },
            listener::v3::{Filter, FilterChain, FilterChainMatch, Listener},
        },
        extensions::filters::{
            common::set_filter_state::v3::{
                FilterStateValue,
                filter_state_value::{Key, Value},
            },
            network::set_filter_state::v3::Config,
        },
    },
};

/// The listener, and the statistics of what goes through it.
const NAME: &str = "self_zoneingress";
/// What clusters of server names are called by.
const PREFIX: &str = "self_zoneingress_to_";
/// Where a connection would go of which nothing was noted. There is no such cluster, nor can one be asked for.
const NOWHERE: &str = "self_zoneingress_nowhere";
/// Who does not say within this time what he asks for is sent away, in milliseconds.
const ASKS_WITHIN_MS: u64 = 5_000;
/// Kuma's for what an ingress connects to, in milliseconds.
const CONNECTS_WITHIN_MS: u64 = 5_000;
/// Bytes may rest for so long, in milliseconds: an hour, as in Kuma.
const IDLE_MS: u64 = 3_600_000;

/// What an ingress holds at most of what one end has said and the other has not taken yet, each way, in bytes: what Envoy advises for where anybody
/// may connect.
const BUFFERED: u32 = 32 << 10;
/// So many connections may be there at once, on the listener and to one service: those that have not said yet what they ask for are among them.
/// Envoy's own limit for a service, 1024, is for one client, and here are those of whole zones.
const MOST_CONNECTIONS: u32 = 50_000;

/// What Envoy is told of its limits beside its resources ([`crate::proxies::layered_runtime`]): the connections of the listener, by its name.
pub(crate) fn limits() -> (String, u32) {
    (format!("envoy.resource_limits.listener.{NAME}.connection_limit"), MOST_CONNECTIONS)
}

fn at_most(connections: u32) -> CircuitBreakers {
    // Each waits for its own to the service, as a request would.
    let thresholds = Thresholds { max_connections: Some(connections), max_pending_requests: Some(connections), ..Thresholds::default() };
    CircuitBreakers { thresholds: vec![thresholds] }
}

pub(super) fn entrance(plan: &Entrance) -> Vec<Rendered> {
    let filters = vec![by_server_name(), tcp(NAME, NOWHERE, IDLE_MS)];
    let is_tls = FilterChainMatch { transport_protocol: "tls".to_owned(), ..FilterChainMatch::default() };
    let listener = Listener {
        name: NAME.to_owned(),
        address: Some(address_of(plan.listens)),
        filter_chains: vec![FilterChain { filter_chain_match: Some(is_tls), ..chain(filters) }],
        per_connection_buffer_limit_bytes: Some(BUFFERED),
        listener_filters: vec![tls::inspector()],
        listener_filters_timeout: duration(ASKS_WITHIN_MS),
        traffic_direction: TrafficDirection::Inbound.into(),
        ..Listener::default()
    };
    vec![Rendered::new(XdsType::Listener, NAME, &listener)]
}

/// Notes which cluster a connection goes to.
fn by_server_name() -> Filter {
    let text = format!("{PREFIX}%REQUESTED_SERVER_NAME%");
    let format = Format::TextFormatSource(DataSource { specifier: Some(Specifier::InlineString(text)) });
    let cluster = FilterStateValue {
        key: Some(Key::ObjectKey("envoy.tcp_proxy.cluster".to_owned())),
        value: Some(Value::FormatString(SubstitutionFormatString { format: Some(format) })),
    };
    let config = Config { on_new_connection: vec![cluster] };
    Filter { name: "envoy.filters.network.set_filter_state".to_owned(), typed_config: Some(pack(&config)) }
}

pub(super) fn passage(plan: &Passage) -> Vec<Rendered> {
    let one = |server_name: &String| {
        let name = format!("{PREFIX}{server_name}");
        let cluster = Cluster {
            name: name.clone(),
            r#type: Some(DiscoveryType::Eds.into()),
            eds_cluster_config: Some(EdsClusterConfig { eds_config: Some(tls::ads()), ..EdsClusterConfig::default() }),
            connect_timeout: duration(CONNECTS_WITHIN_MS),
            per_connection_buffer_limit_bytes: Some(BUFFERED),
            circuit_breakers: Some(at_most(MOST_CONNECTIONS)),
            ..Cluster::default()
        };
        [Rendered::new(XdsType::Cluster, &name, &cluster), cluster::endpoints(&name, &plan.to)]
    };
    plan.server_names.iter().flat_map(one).collect()
}
