//! Specs and statuses in their `Any`: JSON without a type, or a protobuf message with its name.
use prost_types::Any;
use serde_json::Value;
use strait_core::resource::{Encoding, Kind, RawSpec, Spec};
use strait_proto::spec_codec;

const TYPES: &str = "type.googleapis.com/";

/// A spec as it goes over the wire. What a peer sent goes on with the peer's bytes as far as its value still is theirs.
///
/// A value that is not one of its kind's goes as JSON, which a peer refuses by the resource's name; nothing is left out silently.
pub(super) fn to_wire(kind: &Kind, spec: &Spec) -> Any {
    match kind.facts().map(|facts| facts.encoding) {
        Some(Encoding::Protobuf(message)) => match spec.value() {
            Some(value) => protobuf_to_wire(message, value, spec.raw()).unwrap_or_else(|why| {
                tracing::error!(%kind, %why, "a spec has no protobuf form; the peer will refuse it");
                Any { type_url: String::new(), value: json_bytes(value) }
            }),
            None => raw_to_wire(spec.raw()),
        },
        Some(Encoding::Json) | None => status_to_wire(spec),
    }
}

/// A status as it goes over the wire: always JSON, or what a peer sent.
pub(super) fn status_to_wire(status: &Spec) -> Any {
    match (status.value(), status.raw()) {
        (None, raw) => raw_to_wire(raw),
        (Some(value), Some(raw)) if serde_json::from_slice::<Value>(&raw.bytes).is_ok_and(|said| said == *value) => raw_to_wire(Some(raw)),
        (Some(value), _) => Any { type_url: String::new(), value: json_bytes(value) },
    }
}

/// Whether what a user wrote can be said on the wire.
pub(super) fn fits(kind: &Kind, spec: &Spec) -> Result<(), String> {
    match (kind.facts().map(|facts| facts.encoding), spec.value()) {
        (Some(Encoding::Protobuf(message)), Some(_)) if !spec_codec::knows(message) => {
            Err(format!("{kind} is only relayed here: it cannot be written, for its form on the wire is not known"))
        }
        (Some(Encoding::Protobuf(message)), Some(value)) => spec_codec::encode(message, value).map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

fn protobuf_to_wire(message: &str, value: &Value, raw: Option<&RawSpec>) -> Result<Any, spec_codec::SpecError> {
    let type_url = format!("{TYPES}{message}");
    let over = raw.filter(|raw| raw.type_url == type_url);
    let value = match over {
        Some(raw) => spec_codec::encode_over(message, value, &raw.bytes).or_else(|_| spec_codec::encode(message, value))?,
        None => spec_codec::encode(message, value)?,
    };
    Ok(Any { type_url, value })
}

fn raw_to_wire(raw: Option<&RawSpec>) -> Any {
    raw.map(|raw| Any { type_url: raw.type_url.clone(), value: raw.bytes.clone() }).unwrap_or_default()
}

fn json_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value has a JSON form")
}

/// A spec as a peer sent it.
pub(super) fn from_wire(kind: &Kind, any: Any) -> Spec {
    let raw = RawSpec { type_url: any.type_url, bytes: any.value };
    match kind.facts().map(|facts| facts.encoding) {
        None => Spec::opaque(raw),
        // A few old kinds have no definition here.
        Some(Encoding::Protobuf(message)) if !spec_codec::knows(message) => Spec::opaque(raw),
        Some(Encoding::Json) => json_from_wire(raw),
        Some(Encoding::Protobuf(message)) => {
            if raw.type_url.strip_prefix(TYPES) != Some(message) {
                let why = format!("it is a `{}`, not a `{message}`", raw.type_url.chars().take(120).collect::<String>());
                return Spec::undecodable(raw, why);
            }
            match spec_codec::decode(message, &raw.bytes) {
                Ok(value) => Spec::received(value, raw),
                Err(error) => Spec::undecodable(raw, error.to_string()),
            }
        }
    }
}

/// A status as a peer sent it.
pub(super) fn status_from_wire(kind: &Kind, any: Any) -> Spec {
    let raw = RawSpec { type_url: any.type_url, bytes: any.value };
    match kind.facts() {
        Some(facts) if facts.encoding == Encoding::Json => json_from_wire(raw),
        _ => Spec::opaque(raw),
    }
}

fn json_from_wire(raw: RawSpec) -> Spec {
    match serde_json::from_slice(&raw.bytes) {
        Ok(value) => Spec::received(value, raw),
        Err(error) => Spec::undecodable(raw, error.to_string()),
    }
}
