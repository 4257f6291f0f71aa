//! A version hash is taken over these bytes, so the same value must give the same bytes, in every run and whoever writes it.

use serde_json::{Map, Value, json};
use strait_proto::spec_codec;

fn ingress(tags: impl Iterator<Item = u32>) -> Value {
    let tags: Map<String, Value> = tags.map(|index| (format!("tag-{index:02}"), json!("x"))).collect();
    json!({ "availableServices": [{ "tags": tags }] })
}

#[test]
fn map_entries_are_sorted_by_key() {
    let bytes = spec_codec::encode(super::ZONE_INGRESS, &ingress(0..40)).expect("encodes");
    let found: Vec<usize> = (0..40)
        .map(|index| {
            let key = format!("tag-{index:02}");
            bytes.windows(key.len()).position(|window| window == key.as_bytes()).expect("every key is there")
        })
        .collect();
    assert!(found.is_sorted(), "{found:?}");
    for _ in 0..20 {
        let again = spec_codec::encode(super::ZONE_INGRESS, &ingress((0..40).rev()));
        assert_eq!(again.as_ref(), Ok(&bytes));
    }
}

#[test]
fn fields_of_a_free_form_struct_are_sorted_too() {
    let conf: Map<String, Value> = (0..40).map(|index| (format!("key-{index:02}"), json!({ "b": 1, "a": 2 }))).collect();
    let spec = json!({ "metrics": { "conf": conf } });
    let bytes = spec_codec::encode(super::DATAPLANE, &spec).expect("encodes");
    for _ in 0..20 {
        let again = spec_codec::encode(super::DATAPLANE, &spec);
        assert_eq!(again.as_ref(), Ok(&bytes));
    }
}

#[test]
fn a_map_entry_has_key_and_value_even_when_empty() {
    let spec = json!({ "availableServices": [{ "tags": { "a": "" } }] });
    assert_eq!(
        spec_codec::encode(super::ZONE_INGRESS, &spec).as_deref(),
        Ok([0x1a, 0x07, 0x0a, 0x05, 0x0a, 0x01, b'a', 0x12, 0x00].as_slice())
    );
}
