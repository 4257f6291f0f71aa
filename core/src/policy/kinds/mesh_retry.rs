//! `MeshRetry`: what becomes of requests and connections that failed. Merged field by field; lists as a whole.
use crate::{
    policy::{PolicyKind, kind::ToItems},
    resource::model,
};
use serde_json::{Value, json};

pub(super) static KIND: PolicyKind =
    PolicyKind { name: "MeshRetry", order: 1400, to: Some(ToItems::plain()), inbound: None, write_defaults, check: model::check_retries };

/// `updateFrequency: 2` of each item of `hostSelection`, whatever it selects by.
fn write_defaults(conf: &mut Value) {
    let selection = conf.pointer_mut("/http/hostSelection").and_then(Value::as_array_mut);
    for fields in selection.into_iter().flatten().filter_map(Value::as_object_mut) {
        fields.entry("updateFrequency").or_insert_with(|| json!(2));
    }
}
