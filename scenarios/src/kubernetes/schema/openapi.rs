//! OpenAPI v3, from the same description: what `kubectl explain` shows, and what tells `kubectl apply` that the API checks fields itself.
use super::{ListKind, Shape, Struct, read::built_in};
use crate::kubernetes::resource::Resource;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// How references to other schemas begin.
const REFERENCE: &str = "#/components/schemas/";

/// The document of one group and version.
pub(in crate::kubernetes) fn document(resources: &[Arc<Resource>]) -> Value {
    let mut schemas = Map::new();
    let mut paths = Map::new();
    for resource in resources {
        let name = resource.schema_name();
        if let Some(raw) = &resource.raw_schema {
            let mut schema = raw.clone();
            for field in ["apiVersion", "kind"] {
                schema["properties"][field] = json!({"type": "string"});
            }
            schema["properties"]["metadata"] = json!({"allOf": [{"$ref": format!("{REFERENCE}{}", super::read::META)}]});
            collect(&built_in()[super::read::META], REFERENCE, &mut schemas);
            schema["x-kubernetes-group-version-kind"] = json!([resource.group_version_kind()]);
            schemas.insert(name, schema);
        } else {
            collect(&resource.fields, REFERENCE, &mut schemas);
            schemas[&name]["x-kubernetes-group-version-kind"] = json!([resource.group_version_kind()]);
        }
        paths.insert(resource.path_pattern(), operations(resource));
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": super::super::VERSION},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// Where the documents are.
pub(in crate::kubernetes) fn paths_document(group_versions: &BTreeMap<String, u64>) -> Value {
    let paths: Map<String, Value> = group_versions
        .iter()
        .map(|(path, changed)| (path.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash={changed:016X}")})))
        .collect();
    json!({"paths": paths})
}

fn operations(resource: &Resource) -> Value {
    let parameters = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}})).collect()
    };
    let mut media = vec!["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
    if !resource.custom {
        media.push("application/strategic-merge-patch+json");
    }
    let content: Map<String, Value> = media.iter().map(|one| ((*one).to_owned(), json!({"schema": {"type": "object"}}))).collect();
    let operation = |action: &str, names: &[&str]| {
        json!({
            "parameters": parameters(names),
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": resource.group_version_kind(),
        })
    };
    let mut patch = operation("patch", &["dryRun", "fieldManager", "fieldValidation", "force"]);
    patch["requestBody"] = json!({"content": content, "required": true});
    json!({
        "get": operation("get", &[]),
        "put": operation("put", &["dryRun", "fieldManager", "fieldValidation"]),
        "patch": patch,
        "delete": operation("delete", &["dryRun", "gracePeriodSeconds", "propagationPolicy"]),
    })
}

/// The schema of a type, and of those that it refers to.
pub(super) fn collect(known: &Struct, reference: &str, schemas: &mut Map<String, Value>) {
    if schemas.contains_key(&known.name) {
        return;
    }
    schemas.insert(known.name.clone(), Value::Null);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, field) in &known.fields {
        let mut schema = shape(&field.shape, reference, schemas);
        if !field.description.is_empty() {
            if schema.get("$ref").is_some() && reference == REFERENCE {
                schema = json!({"allOf": [schema]});
            }
            schema["description"] = json!(field.description);
        }
        if let Some(default) = &field.default {
            schema["default"] = default.clone();
        }
        if let Shape::List { kind: ListKind::Map(keys), .. } = &field.shape {
            schema["x-kubernetes-patch-merge-key"] = json!(keys[0]);
        }
        match (&field.shape, field.retains) {
            (Shape::List { kind: ListKind::Map(_) | ListKind::Set, .. }, retains) => {
                schema["x-kubernetes-patch-strategy"] = json!(if retains { "merge,retainKeys" } else { "merge" });
            }
            (_, true) => {
                if schema.get("$ref").is_some() && reference == REFERENCE {
                    schema = json!({"allOf": [schema]});
                }
                schema["x-kubernetes-patch-strategy"] = json!("retainKeys");
            }
            _ => {}
        }
        properties.insert(name.clone(), schema);
        if field.required {
            required.push(name.clone());
        }
    }
    let mut schema = json!({"type": "object", "description": known.description, "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if known.atomic {
        schema["x-kubernetes-map-type"] = json!("atomic");
    }
    schemas.insert(known.name.clone(), schema);
}

fn shape(shape_of: &Shape, reference: &str, schemas: &mut Map<String, Value>) -> Value {
    match shape_of {
        Shape::Any => json!({"type": "object"}),
        Shape::Text { format: "", .. } => json!({"type": "string"}),
        Shape::Text { format, .. } => json!({"type": "string", "format": format}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Integer { bits, .. } => json!({"type": "integer", "format": format!("int{bits}")}),
        Shape::Number => json!({"type": "number"}),
        Shape::IntOrText => json!({"type": "string", "format": "int-or-string"}),
        Shape::Quantity => json!({"type": "string"}),
        Shape::List { item, kind } => {
            let mut list = json!({"type": "array", "items": shape(item, reference, schemas)});
            match kind {
                ListKind::Atomic => list["x-kubernetes-list-type"] = json!("atomic"),
                ListKind::Set => list["x-kubernetes-list-type"] = json!("set"),
                ListKind::Map(keys) => {
                    list["x-kubernetes-list-type"] = json!("map");
                    list["x-kubernetes-list-map-keys"] = json!(keys);
                }
            }
            list
        }
        Shape::Map { value, atomic } => {
            let mut map = json!({"type": "object", "additionalProperties": shape(value, reference, schemas)});
            if *atomic {
                map["x-kubernetes-map-type"] = json!("atomic");
            }
            map
        }
        Shape::Struct(known) => {
            collect(known, reference, schemas);
            json!({"$ref": format!("{reference}{}", known.name)})
        }
    }
}
