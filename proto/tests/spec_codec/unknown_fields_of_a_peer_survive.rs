//! A newer peer's fields pass through a change that we make to the fields that we know.

use prost::encoding::{WireType, encode_key, encode_varint, string};
use serde_json::{Value, json};
use strait_proto::spec_codec::{self, SpecError};

/// Far above what is in use today.
const NEW_NUMBER: u32 = 200;

fn new_text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    string::encode(NEW_NUMBER, &text.to_owned(), &mut out);
    out
}

fn within(number: u32, parts: &[&[u8]]) -> Vec<u8> {
    let inner = parts.concat();
    let mut out = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut out);
    encode_varint(inner.len() as u64, &mut out);
    out.extend(inner);
    out
}

fn text(number: u32, value: &str) -> Vec<u8> {
    within(number, &[value.as_bytes()])
}

/// A ZoneIngress of the future: something new at the top, in `networking`, and in each of two services.
fn peers_ingress() -> Vec<u8> {
    [
        // Unknown fields in front, so that writing it anew could not give the same bytes by chance.
        new_text("top"),
        within(3, &[&new_text("first service"), &text(3, "default")]),
        within(3, &[&text(3, "payments"), &new_text("second service")]),
        within(2, &[&text(1, "10.0.0.1"), &new_text("networking")]),
        text(1, "harbour"),
    ]
    .concat()
}

fn ingress(address: &str) -> Value {
    json!({
        "zone": "harbour",
        "networking": { "address": address },
        "availableServices": [{ "mesh": "default" }, { "mesh": "payments" }],
    })
}

#[test]
fn they_are_not_in_the_json() {
    assert_eq!(spec_codec::decode(super::ZONE_INGRESS, &peers_ingress()), Ok(ingress("10.0.0.1")));
}

#[test]
fn an_unchanged_value_keeps_the_peers_bytes() {
    assert_eq!(spec_codec::encode_over(super::ZONE_INGRESS, &ingress("10.0.0.1"), &peers_ingress()), Ok(peers_ingress()));
}

#[test]
fn a_changed_value_keeps_them_at_their_places() {
    let expected = [
        text(1, "harbour"),
        within(2, &[&text(1, "10.0.0.2"), &new_text("networking")]),
        within(3, &[&text(3, "default"), &new_text("first service")]),
        within(3, &[&text(3, "payments"), &new_text("second service")]),
        new_text("top"),
    ]
    .concat();
    assert_eq!(spec_codec::encode_over(super::ZONE_INGRESS, &ingress("10.0.0.2"), &peers_ingress()), Ok(expected));
}

#[test]
fn what_is_removed_takes_its_own_along() {
    let spec = json!({ "zone": "harbour", "availableServices": [{ "mesh": "default" }] });
    let expected = [text(1, "harbour"), within(3, &[&text(3, "default"), &new_text("first service")]), new_text("top")].concat();
    assert_eq!(spec_codec::encode_over(super::ZONE_INGRESS, &spec, &peers_ingress()), Ok(expected));
}

#[test]
fn messages_of_a_map_belong_together_by_key() {
    let service = |name: &str, new: &str, port: &str| within(2, &[&text(1, name), &within(2, &[&text(5, port), &new_text(new)])]);
    let peers = [service("b", "of b", ":1"), service("a", "of a", ":1")].concat();
    let spec = json!({ "services": { "a": { "addressPort": ":2" }, "b": { "addressPort": ":1" } } });
    let expected = [service("a", "of a", ":2"), service("b", "of b", ":1")].concat();
    assert_eq!(spec_codec::encode_over(super::SERVICE_INSIGHT, &spec, &peers), Ok(expected));
}

#[test]
fn a_new_enum_value_is_kept_as_its_number() {
    let mut peers = Vec::new();
    encode_key(9, WireType::LengthDelimited, &mut peers);
    encode_varint(2, &mut peers);
    encode_key(1, WireType::Varint, &mut peers);
    encode_varint(77, &mut peers);
    let value = spec_codec::decode(super::MESH, &peers).expect("decodes");
    assert_eq!(value, json!({ "meshServices": { "mode": 77 } }));
    assert_eq!(spec_codec::encode(super::MESH, &value), Ok(peers));
}

#[test]
fn a_peers_malformed_bytes_are_an_error() {
    let refusal = spec_codec::encode_over(super::MESH, &json!({}), &[0xff]);
    assert!(matches!(refusal, Err(SpecError::Malformed { .. })), "{refusal:?}");
}
