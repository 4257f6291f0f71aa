//! A listener is mostly `Any`s in `Any`s; JSON that showed their bytes would show nothing.

use prost_types::Duration;
use serde_json::json;
use strait_proto::any::pack;
use strait_proto::envoy::config::core::v3::{Address, SocketAddress, TrafficDirection, TransportSocket, address};
use strait_proto::envoy::config::listener::v3::{Filter, FilterChain, Listener};
use strait_proto::envoy::config::route::v3::{Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost};
use strait_proto::envoy::config::route::v3::{route, route_action, route_match};
use strait_proto::envoy::extensions::filters::http::router::v3::Router;
use strait_proto::envoy::extensions::filters::network::http_connection_manager::v3::{HttpConnectionManager, HttpFilter};
use strait_proto::envoy::extensions::transport_sockets::tls::v3::{CommonTlsContext, DownstreamTlsContext};
use strait_proto::envoy_json::to_json;

fn listener() -> Listener {
    let forward = RouteAction {
        cluster_specifier: Some(route_action::ClusterSpecifier::Cluster("backend".to_owned())),
        timeout: Some(Duration { seconds: 1, nanos: 500_000_000 }),
        ..RouteAction::default()
    };
    let everything = RouteMatch { path_specifier: Some(route_match::PathSpecifier::Prefix("/".to_owned())), ..RouteMatch::default() };
    let host = VirtualHost {
        name: "all".to_owned(),
        domains: vec!["*".to_owned()],
        routes: vec![Route { r#match: Some(everything), action: Some(route::Action::Route(forward)), ..Route::default() }],
        ..VirtualHost::default()
    };
    let manager = HttpConnectionManager {
        stat_prefix: "inbound".to_owned(),
        route_config: Some(RouteConfiguration { virtual_hosts: vec![host], ..RouteConfiguration::default() }),
        http_filters: vec![HttpFilter { name: "router".to_owned(), typed_config: Some(pack(&Router::default())) }],
        ..HttpConnectionManager::default()
    };
    let tls = DownstreamTlsContext {
        common_tls_context: Some(CommonTlsContext { alpn_protocols: vec!["h2".to_owned()], ..CommonTlsContext::default() }),
        require_client_certificate: Some(true),
    };
    let socket = SocketAddress { address: "127.0.0.1".to_owned(), port_value: Some(80), ..SocketAddress::default() };
    Listener {
        name: "inbound:80".to_owned(),
        address: Some(Address { address: Some(address::Address::SocketAddress(socket)) }),
        filter_chains: vec![FilterChain {
            filters: vec![Filter { name: "http".to_owned(), typed_config: Some(pack(&manager)) }],
            transport_socket: Some(TransportSocket { name: "tls".to_owned(), typed_config: Some(pack(&tls)) }),
            ..FilterChain::default()
        }],
        traffic_direction: TrafficDirection::Inbound.into(),
        ..Listener::default()
    }
}

#[test]
fn with_its_type_beside_it() {
    let shown = to_json(&pack(&listener()));
    let expected = json!({
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "inbound:80",
        "address": { "socketAddress": { "address": "127.0.0.1", "portValue": 80 } },
        "filterChains": [{
            "filters": [{
                "name": "http",
                "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    "statPrefix": "inbound",
                    "routeConfig": {
                        "virtualHosts": [{
                            "name": "all",
                            "domains": ["*"],
                            "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "backend", "timeout": "1.500s" } }],
                        }],
                    },
                    "httpFilters": [{
                        "name": "router",
                        "typedConfig": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                    }],
                },
            }],
            "transportSocket": {
                "name": "tls",
                "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                    "commonTlsContext": { "alpnProtocols": ["h2"] },
                    "requireClientCertificate": true,
                },
            },
        }],
        "trafficDirection": "INBOUND",
    });
    assert_eq!(shown, Ok(expected));
}
