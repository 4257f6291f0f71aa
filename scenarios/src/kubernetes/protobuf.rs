//! Bodies in Protobuf, for what `kubectl create` and `kubectl auth` send so. Everything else is refused, as an unknown format.
mod numbers;

use super::schema::{Shape, Struct, built_in};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How such bodies are called.
pub(super) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
/// How they begin.
const MAGIC: &[u8] = b"k8s\0";

/// The object in a body. `None`: it is none, or of a kind that is not read in Protobuf.
pub(super) fn object(body: &[u8]) -> Option<Value> {
    let (mut kind, mut version, mut raw) = (String::new(), String::new(), &[][..]);
    for field in Fields(body.strip_prefix(MAGIC)?) {
        match field? {
            (1, Wire::Bytes(of)) => {
                for field in Fields(of) {
                    match field? {
                        (1, Wire::Bytes(text)) => version = text_of(text)?,
                        (2, Wire::Bytes(text)) => kind = text_of(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    // Only kinds of the first level are asked for by their names.
    let known = built_in().values().find(|known| short(known) == kind && known.fields.contains_key("metadata"))?;
    let mut object = message(raw, known)?;
    object["kind"] = json!(kind);
    object["apiVersion"] = json!(version);
    Some(object)
}

fn short(known: &Struct) -> &str {
    known.name.rsplit('.').next().unwrap_or_default()
}

fn text_of(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn message(bytes: &[u8], known: &Arc<Struct>) -> Option<Value> {
    let (_, numbers) = numbers::TYPES.iter().find(|(name, _)| *name == short(known))?;
    let mut map = Map::new();
    for field in Fields(bytes) {
        let (number, wire) = field?;
        let (_, name) = numbers.iter().find(|(of, _)| *of == number)?;
        if !name.is_empty() {
            put(&mut map, name, &wire, &known.fields.get(*name)?.shape)?;
        }
    }
    Some(Value::Object(map))
}

/// Go writes what is empty, too; in JSON it is left out.
fn put(map: &mut Map<String, Value>, name: &str, wire: &Wire, shape: &Shape) -> Option<()> {
    match (shape, wire) {
        (Shape::List { item, .. }, _) => {
            let items = map.entry(name.to_owned()).or_insert(json!([]));
            items.as_array_mut()?.push(value(wire, item)?);
        }
        (Shape::Map { value: each, .. }, Wire::Bytes(entry)) => {
            let (mut key, mut held) = (String::new(), json!(""));
            for field in Fields(entry) {
                match field? {
                    (1, Wire::Bytes(text)) => key = text_of(text)?,
                    (2, wire) => held = value(&wire, each)?,
                    _ => return None,
                }
            }
            let entries = map.entry(name.to_owned()).or_insert(json!({}));
            entries.as_object_mut()?.insert(key, held);
        }
        _ => {
            let value = value(wire, shape)?;
            if value != "" && value != 0 && (value != false || numbers::SAID_WHEN_FALSE.contains(&name)) {
                map.insert(name.to_owned(), value);
            }
        }
    }
    Some(())
}

fn value(wire: &Wire, shape: &Shape) -> Option<Value> {
    Some(match (shape, wire) {
        (Shape::Text { format: "byte", .. }, Wire::Bytes(bytes)) => json!(STANDARD.encode(bytes)),
        (Shape::Text { .. }, Wire::Bytes(bytes)) => json!(text_of(bytes)?),
        (Shape::Bool, Wire::Number(number)) => json!(*number != 0),
        (Shape::Integer { .. }, Wire::Number(number)) => json!(number.cast_signed()),
        (Shape::Struct(known), Wire::Bytes(bytes)) => message(bytes, known)?,
        (Shape::IntOrText, Wire::Bytes(bytes)) => int_or_text(bytes)?,
        _ => return None,
    })
}

fn int_or_text(bytes: &[u8]) -> Option<Value> {
    let (mut is_text, mut number, mut text) = (false, 0, String::new());
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(given)) => number = given.cast_signed(),
            (3, Wire::Bytes(given)) => text = text_of(given)?,
            _ => return None,
        }
    }
    Some(if is_text { json!(text) } else { json!(number) })
}

/// A field as it is written.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, each with its number; `None` where it is cut off.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Number(self.varint()?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Wire::Bytes(bytes)
            }
            _ => return None,
        };
        Some((key >> 3, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}
