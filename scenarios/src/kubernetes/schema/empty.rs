//! What built-in types leave out: lists and maps with nothing in them.
use super::{Shape, Struct};
use serde_json::Value;

/// Takes away empty lists and maps, but where they must stand. Custom kinds keep theirs, below their metadata.
pub(in crate::kubernetes) fn without_empty(value: &mut Value, known: &Struct) {
    let Value::Object(map) = value else { return };
    map.retain(|name, value| {
        let Some(field) = known.fields.get(name) else { return true };
        inner(value, &field.shape);
        field.required || !matches!(field.shape, Shape::List { .. } | Shape::Map { .. }) || !is_empty(value)
    });
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn inner(value: &mut Value, shape: &Shape) {
    match (shape, value) {
        // Nothing of a custom kind has a name.
        (Shape::Struct(known), value) if !known.name.is_empty() => without_empty(value, known),
        (Shape::List { item, .. }, Value::Array(items)) => items.iter_mut().for_each(|one| inner(one, item)),
        _ => {}
    }
}
