//! The schemas of custom kinds: OpenAPI v3, as far as structural schemas go.
use super::{Bounds, Field, ListKind, Shape, Struct, read};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The fields of a custom kind. Without a schema, all that it holds is kept.
pub(in crate::kubernetes) fn structural(schema: &Value) -> Struct {
    let mut known = match shape(schema) {
        Shape::Struct(known) => (*known).clone(),
        _ => Struct { open: true, ..Struct::default() },
    };
    known.fields.extend(read::every_kind(read::built_in()));
    known
}

fn shape(schema: &Value) -> Shape {
    if schema["x-kubernetes-int-or-string"] == true {
        return Shape::IntOrText;
    }
    let number = |name: &str| schema[name].as_i64();
    match schema["type"].as_str() {
        Some("string") => Shape::Text { format: "", allowed: texts(&schema["enum"]).into() },
        Some("boolean") => Shape::Bool,
        Some("integer") => Shape::Integer {
            bits: if schema["format"] == "int32" { 32 } else { 64 },
            bounds: Bounds { least: number("minimum"), most: number("maximum") },
        },
        Some("number") => Shape::Number,
        Some("array") => Shape::List { item: Box::new(shape(&schema["items"])), kind: kind(schema) },
        Some("object") => map(schema),
        _ => Shape::Any,
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn kind(schema: &Value) -> ListKind {
    match schema["x-kubernetes-list-type"].as_str() {
        Some("set") => ListKind::Set,
        Some("map") => ListKind::Map(texts(&schema["x-kubernetes-list-map-keys"])),
        _ => ListKind::Atomic,
    }
}

fn map(schema: &Value) -> Shape {
    let atomic = schema["x-kubernetes-map-type"] == "atomic";
    if schema["additionalProperties"].is_object() {
        return Shape::Map { value: Box::new(shape(&schema["additionalProperties"])), atomic };
    }
    let required = texts(&schema["required"]);
    let fields: BTreeMap<String, Field> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let field = Field {
                shape: shape(schema),
                required: required.contains(name),
                nullable: schema["nullable"] == true,
                retains: false,
                default: schema.get("default").cloned(),
                description: schema["description"].as_str().unwrap_or_default().to_owned(),
            };
            (name.clone(), field)
        })
        .collect();
    let open = schema["x-kubernetes-preserve-unknown-fields"] == true || schema["additionalProperties"] == true;
    Shape::Struct(Arc::new(Struct { fields, open, atomic, ..Struct::default() }))
}

impl Struct {
    /// Puts in defaults where nothing stands.
    pub(in crate::kubernetes) fn fill(&self, value: &mut Value) {
        let Value::Object(map) = value else { return };
        for (name, field) in &self.fields {
            if let Some(default) = &field.default
                && (!map.contains_key(name) || map[name].is_null() && !field.nullable)
            {
                map.insert(name.clone(), default.clone());
            }
            if let Some(value) = map.get_mut(name) {
                field.shape.fill(value);
            }
        }
    }
}

impl Shape {
    fn fill(&self, value: &mut Value) {
        match (self, value) {
            (Self::Struct(known), value) => known.fill(value),
            (Self::List { item, .. }, Value::Array(items)) => items.iter_mut().for_each(|one| item.fill(one)),
            (Self::Map { value: each, .. }, Value::Object(map)) => map.values_mut().for_each(|one| each.fill(one)),
            _ => {}
        }
    }
}
