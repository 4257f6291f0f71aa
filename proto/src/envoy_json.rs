//! What Envoy is told, as JSON: for snapshots, for diagnostics, and for `envoy --mode validate`.
//!
//! JSON is as protobuf's canonical mapping has it, and what an `Any` holds stands beside its `@type`, however deep it is nested. Envoy
//! reads the same, but knows from their place what its listeners and clusters are: take the outermost `@type` off to put one there.
//!
//! Nothing is hidden: a private key within a secret is shown like all the rest.
//!
//! The descriptors are read when the first message is asked for. A control plane that nobody asks never reads them.

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions, Value};
use prost_types::Any;

/// An `Any` within an `Any` beyond this is refused: a filter of a filter chain of a listener needs three.
pub const MAX_NESTED_ANYS: usize = 8;

const ANY: &str = "google.protobuf.Any";
const TYPE_URL_PREFIX: &str = "type.googleapis.com/";

/// Why there is no JSON. `type_url` is that of the `Any`, which may be one of the inner ones.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// We have no definition of this message, so we have not made it either.
    #[error("{type_url} is not a message of Envoy's that is used here")]
    UnknownMessage {
        /// What the `Any` says that it holds.
        type_url: String,
    },
    /// The bytes are not this message.
    #[error("malformed {type_url}: {source}")]
    Malformed {
        /// What the `Any` says that it holds.
        type_url: String,
        /// What the decoder stumbled over.
        source: prost::DecodeError,
    },
    /// More than [`MAX_NESTED_ANYS`].
    #[error("{type_url} is nested too deep")]
    TooDeep {
        /// The first one that is too deep.
        type_url: String,
    },
    /// The bytes are this message, but hold a value that JSON cannot say.
    #[error("{type_url} has no JSON form: {reason}")]
    NoJsonForm {
        /// The outermost one.
        type_url: String,
        /// Which value.
        reason: String,
    },
}

/// The JSON of what the `Any` holds, with its `@type`. Unknown fields are left out.
pub fn to_json(any: &Any) -> Result<serde_json::Value, JsonError> {
    // The serializer would say what is wrong inside as text, and would recurse as deep as its input asks.
    check(any, MAX_NESTED_ANYS)?;
    let mut message = DynamicMessage::new(any_descriptor().clone());
    message.transcode_from(any).map_err(|source| malformed(any, source))?;
    message
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .map_err(|error| JsonError::NoJsonForm { type_url: any.type_url.clone(), reason: error.to_string() })
}

/// The descriptor of `Any`, in a pool with all that one of ours may hold.
fn any_descriptor() -> &'static MessageDescriptor {
    static DESCRIPTOR: OnceLock<MessageDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(|| {
        DescriptorPool::decode(include_bytes!("gen/envoy_descriptors.bin").as_slice())
            .ok()
            .and_then(|pool| pool.get_message_by_name(ANY))
            .expect("the compiled-in descriptors were written by `cargo xtask gen`")
    })
}

fn check(any: &Any, levels: usize) -> Result<(), JsonError> {
    let Some(left) = levels.checked_sub(1) else {
        return Err(JsonError::TooDeep { type_url: any.type_url.clone() });
    };
    let name = any.type_url.strip_prefix(TYPE_URL_PREFIX).unwrap_or_default();
    let descriptor = any_descriptor()
        .parent_pool()
        .get_message_by_name(name)
        .ok_or_else(|| JsonError::UnknownMessage { type_url: any.type_url.clone() })?;
    let message = DynamicMessage::decode(descriptor, any.value.as_slice()).map_err(|source| malformed(any, source))?;
    check_message(&message, left)
}

fn check_message(message: &DynamicMessage, levels: usize) -> Result<(), JsonError> {
    use prost_reflect::ReflectMessage;
    if message.descriptor().full_name() == ANY {
        return match message.transcode_to::<Any>() {
            Ok(any) => check(&any, levels),
            Err(source) => Err(malformed(&Any { type_url: ANY.to_owned(), value: Vec::new() }, source)),
        };
    }
    message.fields().try_for_each(|(_, value)| check_value(value, levels))
}

fn check_value(value: &Value, levels: usize) -> Result<(), JsonError> {
    match value {
        Value::Message(message) => check_message(message, levels),
        Value::List(items) => items.iter().try_for_each(|item| check_value(item, levels)),
        Value::Map(entries) => entries.values().try_for_each(|entry| check_value(entry, levels)),
        _ => Ok(()),
    }
}

fn malformed(any: &Any, source: prost::DecodeError) -> JsonError {
    JsonError::Malformed { type_url: any.type_url.clone(), source }
}
