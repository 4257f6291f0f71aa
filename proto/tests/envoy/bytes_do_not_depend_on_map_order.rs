//! A version is taken over a resource's bytes, and a proxy is told nothing while it stays: the same value must give the same bytes.

use prost_types::{Struct, value::Kind};
use strait_proto::any::pack;
use strait_proto::envoy::config::cluster::v3::Cluster;
use strait_proto::envoy::config::core::v3::Metadata;
use strait_proto::envoy::config::rbac::v3::{Policy, Rbac};
use strait_proto::envoy::extensions::upstreams::http::v3::HttpProtocolOptions;

fn key(index: u32) -> String {
    format!("key-{index:02}")
}

fn cluster(order: impl Iterator<Item = u32> + Clone) -> Cluster {
    let number = |index| prost_types::Value { kind: Some(Kind::NumberValue(f64::from(index))) };
    let free_form = Struct { fields: order.clone().map(|index| (key(index), number(index))).collect() };
    Cluster {
        metadata: Some(Metadata { filter_metadata: order.clone().map(|index| (key(index), free_form.clone())).collect() }),
        typed_extension_protocol_options: order.map(|index| (key(index), pack(&HttpProtocolOptions::default()))).collect(),
        ..Cluster::default()
    }
}

fn places(bytes: &[u8]) -> Vec<usize> {
    let place = |key: &str| bytes.windows(key.len()).position(|window| window == key.as_bytes());
    (0..40).map(|index| place(&key(index)).expect("every key is there")).collect()
}

#[test]
fn map_entries_are_sorted_by_key() {
    let rules = Rbac { policies: (0..40).rev().map(|index| (key(index), Policy::default())).collect(), ..Rbac::default() };
    let found = places(&pack(&rules).value);
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn the_order_of_insertion_leaves_no_trace() {
    let packed = pack(&cluster(0..40));
    for _ in 0..20 {
        assert_eq!(pack(&cluster((0..40).rev())), packed);
    }
}
