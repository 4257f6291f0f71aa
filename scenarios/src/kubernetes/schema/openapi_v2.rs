//! OpenAPI v2, which older clients read, and its encoding in Protobuf, which they ask for.
use super::openapi::collect;
use crate::kubernetes::resource::Resource;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const REFERENCE: &str = "#/definitions/";

/// All kinds in one document.
pub(in crate::kubernetes) fn document(resources: &[Arc<Resource>]) -> Value {
    let mut definitions = Map::new();
    for resource in resources {
        let name = resource.schema_name();
        if resource.custom {
            // The real API, too, leaves out here what v2 cannot say; old clients then do not check.
            definitions.insert(name.clone(), json!({"type": "object"}));
        } else {
            collect(&resource.fields, REFERENCE, &mut definitions);
        }
        definitions[&name]["x-kubernetes-group-version-kind"] = json!([resource.group_version_kind()]);
    }
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": super::super::VERSION},
        "paths": {},
        "definitions": definitions,
    })
}

/// The message `openapi.v2.Document` of gnostic, as far as the document above has its fields.
pub(in crate::kubernetes) fn as_protobuf(document: &Value) -> Vec<u8> {
    let mut message = Message::default();
    message.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    message.message(2, &info);
    message.message(8, &Message::default());
    message.message(9, &named(&document["definitions"]));
    message.0
}

/// A message of the length-delimited fields that are needed here.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    fn text(&mut self, field: u64, text: &Value) {
        if let Some(text) = text.as_str() {
            self.bytes(field, text.as_bytes());
        }
    }
}

/// `Definitions` and `Properties`: named schemas.
fn named(schemas: &Value) -> Message {
    let mut all = Message::default();
    for (name, of) in schemas.as_object().into_iter().flatten() {
        let mut one = Message::default();
        one.bytes(1, name.as_bytes());
        one.message(2, &schema(of));
        all.message(1, &one);
    }
    all
}

fn schema(of: &Value) -> Message {
    let mut message = Message::default();
    message.text(1, &of["$ref"]);
    message.text(2, &of["format"]);
    message.text(4, &of["description"]);
    for required in of["required"].as_array().into_iter().flatten() {
        message.text(19, required);
    }
    if of["additionalProperties"].is_object() {
        let mut item = Message::default();
        item.message(1, &schema(&of["additionalProperties"]));
        message.message(21, &item);
    }
    if of["type"].is_string() {
        let mut item = Message::default();
        item.text(1, &of["type"]);
        message.message(22, &item);
    }
    if of["items"].is_object() {
        let mut items = Message::default();
        items.message(1, &schema(&of["items"]));
        message.message(23, &items);
    }
    if of["properties"].is_object() {
        message.message(25, &named(&of["properties"]));
    }
    for (name, value) in of.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("x-")) {
        let (mut extension, mut any) = (Message::default(), Message::default());
        extension.bytes(1, name.as_bytes());
        // JSON is YAML.
        any.bytes(2, value.to_string().as_bytes());
        extension.message(2, &any);
        message.message(31, &extension);
    }
    message
}
