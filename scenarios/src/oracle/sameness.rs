//! Whether two resources say the same, also if one of them went through an encoding that has several ways to say it.
use serde_json::{Map, Number, Value};
use strait_core::resource::{Encoding, Resource, Spec};

/// Equal labels and equal specs. The status is whose copy it is.
pub(crate) fn same(one: &Resource, other: &Resource) -> bool {
    one.labels == other.labels && same_spec(one, other)
}

/// Equal specs.
pub(crate) fn same_spec(one: &Resource, other: &Resource) -> bool {
    if one.spec == other.spec {
        return true;
    }
    let is_protobuf = one.kind().facts().is_some_and(|facts| matches!(facts.encoding, Encoding::Protobuf(_)));
    let (one, other) = (value(&one.spec), value(&other.spec));
    is_protobuf && one.is_some_and(|one| other.is_some_and(|other| alike(one, other)))
}

/// Equal specs, but for who serves a service: its zone says that itself (Kuma's `spec.identities` of a `MeshService`).
pub(crate) fn same_but_for_servers(one: &Resource, other: &Resource) -> bool {
    same_spec(one, other) || without_servers(one).is_some_and(|mine| Some(mine) == without_servers(other))
}

fn without_servers(service: &Resource) -> Option<Value> {
    let mut spec = value(&service.spec).filter(|_| service.kind().as_str() == "MeshService")?.clone();
    let fields = spec.as_object_mut()?;
    if let Some(identities) = fields.get_mut("identities").and_then(Value::as_array_mut) {
        identities.retain(|identity| identity.get("type").is_none_or(|of| of != "SpiffeID"));
        if identities.is_empty() {
            fields.remove("identities");
        }
    }
    Some(spec)
}

fn value(spec: &Spec) -> Option<&Value> {
    spec.value()
}

/// Protobuf's JSON leaves out what has its default, writes long numbers as text, enums by name or number, and names in two ways.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let mut names = mine.keys().chain(theirs.keys());
            names.all(|name| match (named(mine, name), named(theirs, name)) {
                (Some(one), Some(other)) => alike(one, other),
                (Some(only), None) | (None, Some(only)) => is_default(only),
                (None, None) => true,
            })
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(one, other)| alike(one, other))
        }
        (Value::Number(mine), Value::Number(theirs)) => mine.as_f64() == theirs.as_f64(),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => is_written(number, text),
        (Value::String(mine), Value::String(theirs)) => mine == theirs || seconds(mine).is_some_and(|mine| Some(mine) == seconds(theirs)),
        (one, other) => one == other || (is_default(one) && is_default(other)),
    }
}

/// The field of that name, whichever way it is written.
fn named<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.iter().find(|(field, _)| plain(field).eq(plain(name))).map(|(_, value)| value))
}

fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase())
}

/// The names of enums that stand for 0, as far as anybody writes them here.
const FIRST_OF_THEIR_ENUMS: [&str; 1] = ["DELEGATED"];

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0" || FIRST_OF_THEIR_ENUMS.contains(&text.as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_default),
    }
}

/// The number as text; any name stands for the number of an enum.
fn is_written(number: &Number, text: &str) -> bool {
    text.parse::<f64>().map_or(true, |written| number.as_f64() == Some(written))
}

fn seconds(text: &str) -> Option<f64> {
    text.strip_suffix('s')?.parse().ok()
}
