//! The JSON Schema of scenario files, for editors. Made of the same tables as the check.
use super::{
    link, never,
    shape::{Field, Shape, may, need, object},
};
use crate::{conditions::CONDITIONS, features::Feature, verbs::VERBS};
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of a scenario file.
pub fn schema() -> Value {
    let verbs = VERBS.iter().map(|facts| one(facts.name, facts.does, &facts.shape.schema()));
    let expect = json!({
        "type": "object", "required": ["expect"], "additionalProperties": false,
        "properties": {"expect": conditions(&[may("within", Shape::Duration)])},
    });
    let steps: Vec<Value> = verbs.chain([expect]).collect();
    let link = |named: bool| {
        let mut fields = link::FIELDS.to_vec();
        if named {
            fields.push(need("between", Shape::Link));
        }
        object(&fields)
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Strait scenario",
        "type": "object",
        "required": ["scenario", "why", "topology", "steps"],
        "additionalProperties": false,
        "properties": {
            "scenario": {"type": "string", "description": "the name of the file without its ending"},
            "why": {"type": "string", "description": "what it is for, in a sentence"},
            "topology": {
                "type": "object", "required": ["zones"], "additionalProperties": false,
                "properties": {
                    "global": object(&[may("dialect", DIALECT), may("store", STORE), may("remembered_removals", Shape::Number), may("snapshots", Shape::Number)]),
                    "zones": {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [{"type": "null"}, with(&[may("kind", Shape::Choice(&["universal"])), may("dialect", DIALECT), may("store", STORE), may("remembered_removals", Shape::Number), may("vips", Shape::Text), may("lacks", Shape::Choices(&Feature::NAMES)), may("count", Shape::Number)], &[("proxies", proxies()), ("ingress", ingress()), ("forwarders", forwarders())])]}},
                    "links": {"type": "object", "properties": {"default": link(false)}, "additionalProperties": link(true)},
                    "meshes": {"type": "array", "items": {"type": "string"}},
                },
            },
            "resources": {"type": "array", "items": object(&[may("at", Shape::ControlPlane), may("file", Shape::Text), may("inline", Shape::Resource)])},
            "steps": {"type": "array", "minItems": 1, "items": {"oneOf": steps}},
            "never": {"type": "array", "items": conditions(never::BESIDE)},
            "crash_points": {
                "type": "object", "required": ["of"], "additionalProperties": false,
                "properties": {"of": Shape::ControlPlane.schema(), "disk": {"type": "array", "items": {"enum": ["kept", "torn", "lost"]}}},
            },
            "left": {
                "type": "object", "additionalProperties": false, "minProperties": 1,
                "properties": {"down": {"type": "array", "items": Shape::Zone.schema()}, "cut": {"type": "array", "items": Shape::Link.schema()}},
            },
        },
    })
}

/// A map of these fields, and of others whose shape is given.
fn with(fields: &[Field], others: &[(&str, Value)]) -> Value {
    let mut schema = object(fields);
    for (name, shape) in others {
        schema["properties"][*name] = shape.clone();
    }
    schema
}

/// The workloads of a zone, by their names.
fn proxies() -> Value {
    let workload = object(&[
        may("mesh", Shape::Text),
        may("service", Shape::Text),
        may("port", Shape::Number),
        may("protocol", Shape::Choice(&["http", "tcp"])),
    ]);
    json!({"type": "object", "additionalProperties": {"anyOf": [{"type": "null"}, workload]}})
}

/// Through what workloads of other zones reach those of a zone.
fn ingress() -> Value {
    json!({"anyOf": [{"type": "null"}, object(&[may("count", Shape::Number)])]})
}

/// Through what its proxies reach the control plane of a zone, by name.
fn forwarders() -> Value {
    json!({"type": "object", "additionalProperties": {"anyOf": [{"type": "null"}, object(&[may("delay", Shape::Duration)])]}})
}

const DIALECT: Shape = Shape::Choice(&["strait", "kuma"]);
const STORE: Shape = Shape::Choice(&["log", "redb"]);

fn one(name: &str, does: &str, shape: &Value) -> Value {
    json!({"type": "object", "description": does, "required": [name], "additionalProperties": false, "properties": {name: shape}})
}

fn conditions(beside_all: &[Field]) -> Value {
    let all = CONDITIONS.iter().map(|facts| {
        let mut properties = Map::new();
        properties.insert(facts.name.to_owned(), facts.shape.schema());
        for field in facts.beside.iter().chain(beside_all) {
            properties.insert(field.name.to_owned(), field.shape.schema());
        }
        let mut required = vec![facts.name];
        required.extend(facts.beside.iter().filter(|field| field.required).map(|field| field.name));
        json!({
            "type": "object", "description": facts.does, "required": required,
            "additionalProperties": false, "properties": properties,
        })
    });
    json!({"oneOf": all.collect::<Vec<_>>()})
}
