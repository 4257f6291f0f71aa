//! A resource's spec as protobuf bytes, and as the JSON that users and REST see.
//!
//! Kuma's older kinds (Mesh, Dataplane, insights, secrets, ...) are protobuf on the wire and in Kuma's stores, while their universal form
//! is the proto3 JSON of the same message. The mapping is done by reflection over checked-in descriptors, so that one function serves
//! every kind and a kind is looked up by the name that its `Any` carries.
//!
//! JSON is as protobuf's canonical mapping has it: lowerCamelCase names, defaults left out, 64-bit integers as strings, durations as
//! `1.500s`, bytes as base64. Numbers without a fraction are JSON integers, also in a `google.protobuf.Struct`, as Kuma writes them.
//! Reading JSON, a field's original name (`transparent_proxying`) is accepted too.
//!
//! Bytes are the same for the same value (`wire.rs` says how), and [`encode_over`] keeps what a newer peer put there and we do not know.

mod fault;
mod wire;

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Number, Value};

/// Nested JSON objects and lists beyond this are refused, before anything recurses over them.
pub const MAX_JSON_DEPTH: usize = 100;

/// Nested messages that [`encode`] produces at most; prost refuses to decode more than 100.
pub const MAX_MESSAGE_DEPTH: usize = wire::MAX_MESSAGE_DEPTH;

/// Why a spec could not be converted. `message` is the full protobuf name that was asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// We have no definition of this message: hold its bytes and pass them on, but do not look inside.
    #[error("{message} is not a message of this version")]
    UnknownMessage {
        /// The name that was asked for.
        message: String,
    },
    /// The bytes are not this message; whoever sent them is to be told.
    #[error("malformed {message}: {source}")]
    Malformed {
        /// The name that was asked for.
        message: String,
        /// What the decoder stumbled over.
        source: prost::DecodeError,
    },
    /// The bytes are this message, but hold a value that JSON cannot say, such as a timestamp beyond year 9999.
    #[error("{message} has no JSON form: {reason}")]
    NoJsonForm {
        /// The name that was asked for.
        message: String,
        /// Which value.
        reason: String,
    },
    /// The JSON has a field that the message does not have.
    #[error("{path}: {message} has no such field")]
    UnknownField {
        /// The name that was asked for.
        message: String,
        /// Where the field stands, as `networking.inbound[0].prot`.
        path: String,
        /// The JSON names that may stand there, to suggest from.
        known: Vec<String>,
    },
    /// The JSON has a value of another type or outside of its range.
    #[error("{path}: {reason} (in {message})")]
    WrongValue {
        /// The name that was asked for.
        message: String,
        /// Where the value stands; empty when it is the whole spec.
        path: String,
        /// What was expected.
        reason: String,
    },
    /// The JSON is nested deeper than any reader of its bytes would accept.
    #[error("{message} is nested too deep")]
    TooDeep {
        /// The name that was asked for.
        message: String,
    },
}

/// Whether `full_name` (as `kuma.mesh.v1alpha1.Dataplane`) is a message that can be converted.
pub fn knows(full_name: &str) -> bool {
    descriptor(full_name).is_ok()
}

/// The JSON of a message. Fields that we do not know are ignored; bytes that cannot be read are an error, never a panic.
pub fn decode(full_name: &str, bytes: &[u8]) -> Result<Value, SpecError> {
    let message = from_bytes(&descriptor(full_name)?, bytes)?;
    to_json(&message)
}

/// The bytes of a message. Equal values give equal bytes; an unknown field or a wrong value is named with its place.
pub fn encode(full_name: &str, value: &Value) -> Result<Vec<u8>, SpecError> {
    let message = from_json(&descriptor(full_name)?, value)?;
    to_bytes(&message, None)
}

/// The bytes of a message that a peer sent as `peers` and that now has the value `value`.
///
/// If the value says what the peer's bytes say, they are returned unchanged. Otherwise fields of the peer's message that we do not know are
/// carried over, message by message: those of a list belong together by index, those of a map by key. What stood in a message that the
/// new value no longer has is gone with it, and so is what a peer added to a map's entries beside key and value.
pub fn encode_over(full_name: &str, value: &Value, peers: &[u8]) -> Result<Vec<u8>, SpecError> {
    let descriptor = descriptor(full_name)?;
    let message = from_json(&descriptor, value)?;
    let peers_message = from_bytes(&descriptor, peers)?;
    // Compared as JSON, because messages may differ where their meaning does not, and a peer's bytes are to stay when it is the same.
    if let (Ok(new), Ok(old)) = (to_json(&message), to_json(&peers_message))
        && new == old
    {
        return Ok(peers.to_vec());
    }
    to_bytes(&message, Some(&peers_message))
}

/// Only kinds are offered; the well-known types beneath them are part of the pool, but are nobody's spec.
fn descriptor(full_name: &str) -> Result<MessageDescriptor, SpecError> {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        DescriptorPool::decode(include_bytes!("gen/descriptors.bin").as_slice())
            .expect("the compiled-in descriptors were written by `cargo xtask gen`")
    });
    pool.get_message_by_name(full_name)
        .filter(|found| found.package_name().starts_with("kuma."))
        .ok_or_else(|| SpecError::UnknownMessage { message: full_name.to_owned() })
}

fn from_bytes(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<DynamicMessage, SpecError> {
    DynamicMessage::decode(descriptor.clone(), bytes)
        .map_err(|source| SpecError::Malformed { message: descriptor.full_name().to_owned(), source })
}

fn to_bytes(message: &DynamicMessage, peers: Option<&DynamicMessage>) -> Result<Vec<u8>, SpecError> {
    wire::encode(message, peers).map_err(|wire::TooDeep| SpecError::TooDeep { message: name_of(message) })
}

fn from_json(descriptor: &MessageDescriptor, value: &Value) -> Result<DynamicMessage, SpecError> {
    if deeper_than(value, MAX_JSON_DEPTH) {
        return Err(SpecError::TooDeep { message: descriptor.full_name().to_owned() });
    }
    DynamicMessage::deserialize(descriptor.clone(), value).map_err(|error| fault::find(descriptor, value, &error))
}

fn to_json(message: &DynamicMessage) -> Result<Value, SpecError> {
    let mut value = message
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .map_err(|error| SpecError::NoJsonForm { message: name_of(message), reason: error.to_string() })?;
    whole_numbers_as_integers(&mut value);
    Ok(value)
}

fn name_of(message: &DynamicMessage) -> String {
    use prost_reflect::ReflectMessage;
    message.descriptor().full_name().to_owned()
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else {
        return value.is_object() || value.is_array();
    };
    match value {
        Value::Object(fields) => fields.values().any(|field| deeper_than(field, left)),
        Value::Array(items) => items.iter().any(|item| deeper_than(item, left)),
        _ => false,
    }
}

/// Protobuf's JSON numbers are doubles in a `Struct` and in a `DoubleValue`; everyone else writes 5 there, not 5.0, and a comparison
/// with what a user wrote must not fail over it.
fn whole_numbers_as_integers(value: &mut Value) {
    /// Beyond 2^53 a double no longer has every integer.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers_as_integers),
        Value::Array(items) => items.iter_mut().for_each(whole_numbers_as_integers),
        Value::Number(number) if number.is_f64() => {
            if let Some(double) = number.as_f64()
                && double.fract() == 0.0
                && double.abs() <= LARGEST
            {
                *number = if double < 0.0 { Number::from(double as i64) } else { Number::from(double as u64) };
            }
        }
        _ => {}
    }
}
