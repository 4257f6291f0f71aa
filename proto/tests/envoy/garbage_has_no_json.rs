//! Somebody may show what is no configuration of ours. The answer says which `Any` it was, and never is a panic.

use prost_types::Any;
use strait_proto::any::pack;
use strait_proto::envoy::config::core::v3::TypedExtensionConfig;
use strait_proto::envoy::config::listener::v3::{Filter, FilterChain, Listener};
use strait_proto::envoy_json::{JsonError, MAX_NESTED_ANYS, to_json};

fn any(type_url: &str, value: &[u8]) -> Any {
    Any { type_url: type_url.to_owned(), value: value.to_vec() }
}

/// A listener with this inside of its one filter.
fn around(inner: Any) -> Any {
    let filter = Filter { name: "inner".to_owned(), typed_config: Some(inner) };
    pack(&Listener { filter_chains: vec![FilterChain { filters: vec![filter], ..FilterChain::default() }], ..Listener::default() })
}

#[test]
fn an_unknown_message_is_named_also_when_it_is_inside() {
    for type_url in ["type.googleapis.com/envoy.config.listener.v3.Nothing", "envoy.config.listener.v3.Listener", ""] {
        let unknown = Err(JsonError::UnknownMessage { type_url: type_url.to_owned() });
        assert_eq!(to_json(&any(type_url, b"")), unknown);
        assert_eq!(to_json(&around(any(type_url, b""))), unknown);
    }
}

#[test]
fn bytes_that_are_not_the_message_are_named_too() {
    let malformed = any("type.googleapis.com/envoy.config.cluster.v3.Cluster", &[0x0a, 0x7f]);
    for shown in [to_json(&malformed), to_json(&around(malformed.clone()))] {
        assert!(matches!(&shown, Err(JsonError::Malformed { type_url, .. }) if *type_url == malformed.type_url), "{shown:?}");
    }
}

#[test]
fn nesting_ends_somewhere() {
    let nested = |levels: usize| {
        let innermost = pack(&TypedExtensionConfig::default());
        (1..levels).fold(innermost, |inner, _| pack(&TypedExtensionConfig { typed_config: Some(inner), ..TypedExtensionConfig::default() }))
    };
    assert!(to_json(&nested(MAX_NESTED_ANYS)).is_ok());
    for levels in [MAX_NESTED_ANYS + 1, 2_000] {
        let shown = to_json(&nested(levels));
        assert!(matches!(shown, Err(JsonError::TooDeep { .. })), "{shown:?}");
    }
}
