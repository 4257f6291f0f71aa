//! Finds the place in a refused JSON value.
//!
//! Reflection says what is wrong, but not where. So a refused value is taken apart: the first field, list item or map entry that is
//! refused on its own holds the fault, and so on down. That reads the value again at each level, which is cheap for what a person wrote
//! and happens only for what is refused.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::SpecError;

/// The error for `value`, which was refused as a whole with `error`.
pub(super) fn find(descriptor: &MessageDescriptor, value: &Value, error: &serde_json::Error) -> SpecError {
    let fault = fault_in(descriptor, value, String::new())
        .unwrap_or_else(|| Fault { path: String::new(), kind: FaultKind::Wrong(error.to_string()) });
    let (message, path) = (descriptor.full_name().to_owned(), fault.path);
    match fault.kind {
        FaultKind::Unknown { known } => SpecError::UnknownField { message, path, known },
        FaultKind::Wrong(reason) => SpecError::WrongValue { message, path, reason },
    }
}

struct Fault {
    path: String,
    kind: FaultKind,
}

enum FaultKind {
    Unknown { known: Vec<String> },
    Wrong(String),
}

fn fault_in(descriptor: &MessageDescriptor, value: &Value, path: String) -> Option<Fault> {
    value.as_object()?.iter().find_map(|(key, value)| fault_in_field(descriptor, key, value, &path))
}

fn fault_in_field(descriptor: &MessageDescriptor, key: &str, value: &Value, path: &str) -> Option<Fault> {
    let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let Some(field) = descriptor.get_field_by_json_name(key).or_else(|| descriptor.get_field_by_name(key)) else {
        let known = descriptor.fields().map(|field| field.json_name().to_owned()).collect();
        return Some(Fault { path, kind: FaultKind::Unknown { known } });
    };
    let refusal = refused(descriptor, key, value.clone())?;
    let inside = match value {
        Value::Array(items) if field.is_list() => items.iter().enumerate().find_map(|(index, item)| {
            let refusal = refused(descriptor, key, json!([item]))?;
            Some(narrowed(&field.kind(), item, format!("{path}[{index}]"), refusal))
        }),
        Value::Object(entries) if field.is_map() => entries.iter().find_map(|(name, item)| {
            let refusal = refused(descriptor, key, json!({ name: item }))?;
            Some(narrowed(&map_value_kind(&field), item, format!("{path}[{name:?}]"), refusal))
        }),
        single if !field.is_list() && !field.is_map() => {
            return Some(narrowed(&field.kind(), single, path, refusal));
        }
        _ => None,
    };
    Some(inside.unwrap_or(Fault { path, kind: FaultKind::Wrong(refusal) }))
}

/// The fault within a refused value, or the value itself when it has no parts to look at.
fn narrowed(kind: &Kind, value: &Value, path: String, refusal: String) -> Fault {
    let inside = match kind {
        // Well-known types have a JSON form of their own, which is not an object of their fields.
        Kind::Message(inner) if inner.package_name() != "google.protobuf" => fault_in(inner, value, path.clone()),
        _ => None,
    };
    inside.unwrap_or(Fault { path, kind: FaultKind::Wrong(refusal) })
}

fn map_value_kind(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind(),
        other => other,
    }
}

/// What reflection says against a message with this field alone.
fn refused(descriptor: &MessageDescriptor, key: &str, value: Value) -> Option<String> {
    let alone = Value::Object(Map::from_iter([(key.to_owned(), value)]));
    let error = DynamicMessage::deserialize(descriptor.clone(), &alone).err()?;
    Some(error.to_string())
}
