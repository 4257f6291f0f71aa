//! Connections of which the proxy reads the requests.
use super::parts::{duration, limit};
use strait_core::plan::Protocol;
use strait_proto::{
    any::pack,
    envoy::{
        config::{
            core::v3::{Http1ProtocolOptions, Http2ProtocolOptions, HttpProtocolOptions, KeepaliveSettings},
            listener::v3::Filter,
            route::v3::RouteConfiguration,
        },
        extensions::{
            filters::{
                http::router::v3::Router,
                network::http_connection_manager::v3::{
                    HttpConnectionManager, HttpFilter, http_connection_manager::ServerHeaderTransformation,
                },
            },
            upstreams::http::v3::{
                HttpProtocolOptions as Upstream,
                http_protocol_options::{ExplicitHttpConfig, UpstreamProtocolOptions, explicit_http_config::ProtocolConfig},
            },
        },
    },
};

/// How often the other proxy is asked whether it is there, in milliseconds.
const PING_EVERY_MS: u64 = 3_000;
/// In this time it answers, or the connection is given up, in milliseconds.
const ANSWERED_WITHIN_MS: u64 = 5_000;

/// How long is waited, on a connection whose requests are read. In milliseconds; 0: for ever.
pub(super) struct Waits {
    pub(super) idle: u64,
    pub(super) stream_idle: u64,
    pub(super) max_stream: u64,
    pub(super) max_connection: u64,
    pub(super) request_headers: u64,
}

impl Waits {
    fn options(&self) -> HttpProtocolOptions {
        HttpProtocolOptions {
            idle_timeout: duration(self.idle),
            max_connection_duration: limit(self.max_connection),
            max_stream_duration: limit(self.max_stream),
        }
    }
}

/// Reads requests, has them judged, and routes them.
pub(super) fn manager(stat_prefix: &str, judges: Vec<HttpFilter>, routes: RouteConfiguration, waits: &Waits) -> HttpConnectionManager {
    let router = HttpFilter { name: "envoy.filters.http.router".to_owned(), typed_config: Some(pack(&Router {})) };
    HttpConnectionManager {
        stat_prefix: stat_prefix.to_owned(),
        route_config: Some(routes),
        http_filters: judges.into_iter().chain([router]).collect(),
        // Paths are compared by routes, and by the workload.
        normalize_path: Some(true),
        // A workload's own words are not the proxy's to change.
        server_header_transformation: ServerHeaderTransformation::PassThrough.into(),
        stream_idle_timeout: duration(waits.stream_idle),
        request_headers_timeout: limit(waits.request_headers),
        common_http_protocol_options: Some(waits.options()),
        ..HttpConnectionManager::default()
    }
}

/// As a filter of a listener.
pub(super) fn filter(manager: &HttpConnectionManager) -> Filter {
    Filter { name: "envoy.filters.network.http_connection_manager".to_owned(), typed_config: Some(pack(manager)) }
}

/// What is spoken to another proxy, whatever their workloads speak: HTTP/2, in which requests share connections (as in Kuma). A connection that
/// broke with nobody told, as links and machines go, is noticed by pings: else requests would be sent into it for as long as the kernel tries.
pub(super) fn to_proxy(waits: &Waits) -> (String, prost_types::Any) {
    let pings = KeepaliveSettings { interval: duration(PING_EVERY_MS), timeout: duration(ANSWERED_WITHIN_MS) };
    options(ProtocolConfig::Http2ProtocolOptions(Http2ProtocolOptions { connection_keepalive: Some(pings) }), waits)
}

/// What is spoken to a workload, and how long is waited.
pub(super) fn to_workload(protocol: Protocol, waits: &Waits) -> (String, prost_types::Any) {
    let config = match protocol {
        Protocol::Http2 | Protocol::Grpc => ProtocolConfig::Http2ProtocolOptions(Http2ProtocolOptions::default()),
        Protocol::Http | Protocol::Tcp | Protocol::Kafka => ProtocolConfig::HttpProtocolOptions(Http1ProtocolOptions {}),
    };
    options(config, waits)
}

fn options(config: ProtocolConfig, waits: &Waits) -> (String, prost_types::Any) {
    let upstream = Upstream {
        common_http_protocol_options: Some(waits.options()),
        upstream_protocol_options: Some(UpstreamProtocolOptions::ExplicitHttpConfig(ExplicitHttpConfig { protocol_config: Some(config) })),
    };
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions".to_owned(), pack(&upstream))
}
