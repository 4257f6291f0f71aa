//! Every message that goes into an `Any` is in the descriptors, under the name that Envoy has for it; and none of them is in those that
//! a control plane reads when it starts.

use serde_json::json;
use strait_proto::any::pack;
use strait_proto::envoy::config::cluster::v3::Cluster;
use strait_proto::envoy::config::endpoint::v3::ClusterLoadAssignment;
use strait_proto::envoy::config::listener::v3::Listener;
use strait_proto::envoy::config::route::v3::RouteConfiguration;
use strait_proto::envoy::extensions::filters::http::{rbac::v3::Rbac as RequestRbac, router::v3::Router};
use strait_proto::envoy::extensions::filters::listener::original_dst::v3::OriginalDst;
use strait_proto::envoy::extensions::filters::listener::tls_inspector::v3::TlsInspector;
use strait_proto::envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
use strait_proto::envoy::extensions::filters::network::rbac::v3::Rbac;
use strait_proto::envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;
use strait_proto::envoy::extensions::transport_sockets::tls::v3::{
    DownstreamTlsContext, Secret, SpiffeCertValidatorConfig, UpstreamTlsContext,
};
use strait_proto::envoy::extensions::upstreams::http::v3::HttpProtocolOptions;
use strait_proto::envoy_json::to_json;

#[test]
fn by_envoys_name() {
    let packed = [
        (pack(&Cluster::default()), "envoy.config.cluster.v3.Cluster"),
        (pack(&ClusterLoadAssignment::default()), "envoy.config.endpoint.v3.ClusterLoadAssignment"),
        (pack(&Listener::default()), "envoy.config.listener.v3.Listener"),
        (pack(&RouteConfiguration::default()), "envoy.config.route.v3.RouteConfiguration"),
        (pack(&RequestRbac::default()), "envoy.extensions.filters.http.rbac.v3.RBAC"),
        (pack(&Router::default()), "envoy.extensions.filters.http.router.v3.Router"),
        (pack(&OriginalDst::default()), "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"),
        (pack(&TlsInspector::default()), "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
        (pack(&HttpConnectionManager::default()), "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        (pack(&Rbac::default()), "envoy.extensions.filters.network.rbac.v3.RBAC"),
        (pack(&TcpProxy::default()), "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"),
        (pack(&DownstreamTlsContext::default()), "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"),
        (pack(&UpstreamTlsContext::default()), "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
        (pack(&Secret::default()), "envoy.extensions.transport_sockets.tls.v3.Secret"),
        (pack(&SpiffeCertValidatorConfig::default()), "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig"),
        (pack(&HttpProtocolOptions::default()), "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
    ];
    for (any, name) in packed {
        assert_eq!(to_json(&any), Ok(json!({ "@type": format!("type.googleapis.com/{name}") })));
    }
}

#[test]
fn without_a_start_that_reads_them() {
    let read_at_start = include_bytes!("../../src/gen/descriptors.bin");
    assert!(!read_at_start.windows(6).any(|window| window == b"envoy/"), "a resource kind imports a file of Envoy's");
}
