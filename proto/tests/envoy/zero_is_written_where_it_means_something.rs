//! Envoy refuses an address without a port, and port 0 is one: what Envoy has as an alternative is on the wire although it is zero.

use prost::Message;
use serde_json::json;
use strait_proto::any::pack;
use strait_proto::envoy::config::cluster::v3::{Cluster, cluster::DiscoveryType};
use strait_proto::envoy::config::core::v3::{BindConfig, SocketAddress, SocketOption};
use strait_proto::envoy_json::to_json;

#[test]
fn on_the_wire() {
    let any_port = SocketAddress { port_value: Some(0), ..SocketAddress::default() };
    assert_eq!(any_port.encode_to_vec(), [0x18, 0x00]);
    let off = SocketOption { int_value: Some(0), ..SocketOption::default() };
    assert_eq!(off.encode_to_vec(), [0x20, 0x00]);
}

#[test]
fn in_json() {
    let source = SocketAddress { address: "127.0.0.6".to_owned(), port_value: Some(0), ..SocketAddress::default() };
    let cluster = Cluster {
        r#type: Some(DiscoveryType::Static.into()),
        upstream_bind_config: Some(BindConfig { source_address: Some(source), ..BindConfig::default() }),
        ..Cluster::default()
    };
    let expected = json!({
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "type": "STATIC",
        "upstreamBindConfig": { "sourceAddress": { "address": "127.0.0.6", "portValue": 0 } },
    });
    assert_eq!(to_json(&pack(&cluster)), Ok(expected));
}
