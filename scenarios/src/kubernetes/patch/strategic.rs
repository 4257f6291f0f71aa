//! Strategic merge patches: merge patches that know by which key lists are merged, with directives of their own (`$patch`, `$retainKeys`, …).
use crate::kubernetes::schema::{ListKind, Shape};
use serde_json::{Map, Value};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Merges a patch into an object of this shape.
///
/// # Errors
/// A list that is merged by a key has an item without it.
pub(in crate::kubernetes) fn strategic_merge(object: &mut Value, patch: &Value, shape: &Shape) -> Result<(), String> {
    let Value::Object(patch) = patch else {
        *object = patch.clone();
        return Ok(());
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let Value::Object(map) = object else { return Ok(()) };
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => map.clear(),
        Some("delete") => {
            map.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(format!("unknown directive {other:?} of $patch; allowed are replace, delete, merge")),
    }
    if let Some(kept) = patch.get(RETAIN).and_then(Value::as_array) {
        map.retain(|name, _| kept.iter().any(|one| one == name));
    }
    for (name, value) in patch {
        if let Some(of) = name.strip_prefix(DELETE_FROM) {
            if let (Some(Value::Array(items)), Some(gone)) = (map.get_mut(of), value.as_array()) {
                items.retain(|item| !gone.contains(item));
            }
        } else if name.starts_with('$') {
            // Order is for the end.
        } else if value.is_null() || value[DIRECTIVE] == "delete" {
            map.remove(name);
        } else {
            let below = shape.field(name);
            let slot = map.entry(name.clone()).or_insert(Value::Null);
            match (value, below) {
                (Value::Object(_), _) => strategic_merge(slot, value, below)?,
                (Value::Array(items), Shape::List { item, kind: ListKind::Map(keys) }) => merge_list(slot, items, &keys[0], item, name)?,
                (Value::Array(items), Shape::List { kind: ListKind::Set, .. }) => add_to_set(slot, items),
                _ => *slot = value.clone(),
            }
        }
    }
    for (name, order) in patch {
        if let Some(of) = name.strip_prefix(ORDER)
            && let (Some(Value::Array(items)), Some(order)) = (map.get_mut(of), order.as_array())
        {
            let key = match shape.field(of) {
                Shape::List { kind: ListKind::Map(keys), .. } => Some(keys[0].as_str()),
                _ => None,
            };
            arrange(items, order, key);
        }
    }
    Ok(())
}

fn add_to_set(slot: &mut Value, items: &[Value]) {
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    if let Value::Array(held) = slot {
        for item in items {
            if !held.contains(item) {
                held.push(item.clone());
            }
        }
    }
}

fn merge_list(slot: &mut Value, items: &[Value], key: &str, shape: &Shape, name: &str) -> Result<(), String> {
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    let Value::Array(held) = slot else { return Ok(()) };
    if items.iter().any(|item| item[DIRECTIVE] == "replace") {
        held.clear();
    }
    for item in items.iter().filter(|item| item[DIRECTIVE] != "replace") {
        let value = item.get(key).ok_or_else(|| format!("map: {item} does not contain declared merge key: {key} ({name})"))?;
        let at = held.iter().position(|one| one.get(key) == Some(value));
        match (item[DIRECTIVE] == "delete", at) {
            (true, _) => held.retain(|one| one.get(key) != Some(value)),
            (false, Some(at)) => strategic_merge(&mut held[at], item, shape)?,
            (false, None) => {
                let mut fresh = Value::Null;
                strategic_merge(&mut fresh, item, shape)?;
                held.push(fresh);
            }
        }
    }
    Ok(())
}

/// Puts items into this order; those that it does not name stay before what they stood before.
fn arrange(items: &mut [Value], order: &[Value], key: Option<&str>) {
    let place = |item: &Value| {
        order.iter().position(|one| match key {
            Some(key) => one.get(key) == item.get(key),
            None => one == item,
        })
    };
    let mut named: Vec<(usize, Value)> = items.iter().filter_map(|item| Some((place(item)?, item.clone()))).collect();
    named.sort_by_key(|(place, _)| *place);
    let mut named = named.into_iter().map(|(_, item)| item);
    for item in items.iter_mut() {
        if place(item).is_some()
            && let Some(next) = named.next()
        {
            *item = next;
        }
    }
}
