//! Objects are JSON; what stands in their metadata is read and written here.
use serde_json::{Map, Value, json};
use strait_core::time::Wall;

/// A field at a path of names; null where it is not there.
pub(super) fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(object, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// A text at a path of names; empty where it is not there.
pub(super) fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    at(object, path).as_str().unwrap_or_default()
}

/// A whole number at a path of names.
pub(super) fn number(object: &Value, path: &[&str]) -> Option<i64> {
    at(object, path).as_i64()
}

/// What a list holds; nothing where it is none.
pub(super) fn list<'a>(object: &'a Value, path: &[&str]) -> &'a [Value] {
    at(object, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What a map of texts holds.
pub(super) fn texts<'a>(object: &'a Value, path: &[&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    at(object, path).as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

pub(super) fn name(object: &Value) -> &str {
    text(object, &["metadata", "name"])
}

pub(super) fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"])
}

pub(super) fn uid(object: &Value) -> &str {
    text(object, &["metadata", "uid"])
}

pub(super) fn version(object: &Value) -> u64 {
    text(object, &["metadata", "resourceVersion"]).parse().unwrap_or(0)
}

pub(super) fn is_being_deleted(object: &Value) -> bool {
    !at(object, &["metadata", "deletionTimestamp"]).is_null()
}

pub(super) fn has_finalizer(object: &Value, named: &str) -> bool {
    list(object, &["metadata", "finalizers"]).iter().any(|one| one == named)
}

/// The owner whose controller made this.
pub(super) fn controller(object: &Value) -> Option<&Value> {
    list(object, &["metadata", "ownerReferences"]).iter().find(|owner| owner["controller"] == true)
}

/// A map at a path of names, made where there is none.
pub(super) fn map_at<'a>(object: &'a mut Value, path: &[&str]) -> &'a mut Map<String, Value> {
    let mut value = object;
    for name in path {
        if !value.is_object() {
            *value = json!({});
        }
        value = &mut value[*name];
    }
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made a map"),
    }
}

pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    map_at(object, &["metadata"])
}

/// Sets a field that is not there.
pub(super) fn default(map: &mut Map<String, Value>, name: &str, value: Value) {
    if map.get(name).is_none_or(Value::is_null) {
        map.insert(name.to_owned(), value);
    }
}

/// A moment as the API writes it: whole seconds.
pub(super) fn time(now: Wall) -> String {
    Wall(now.0 / 1000 * 1000).rfc3339()
}

/// A moment that the API wrote.
pub(super) fn moment(text: &str) -> Option<Wall> {
    let at: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok().map(Wall)
}

/// Takes away fields that hold null, as the real API's types do.
pub(super) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
