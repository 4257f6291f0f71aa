//! Writes a message so that equal messages have equal bytes, with a peer's unknown fields where they were.
//!
//! prost-reflect keeps a map field in a hash map and writes it in that order, which differs between two runs of the same program; a
//! version hash over such bytes would change without a change. So the order is made here: fields by number, map entries by key, then the
//! unknown fields. A map entry always has both key and value, empty or not: so does protobuf's deterministic mode in Go, whose bytes these are meant to equal.

use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, Value};

/// prost gives up on reading at 100 nested messages. A map entry counts as one here, so that no reader counts more.
pub(super) const MAX_MESSAGE_DEPTH: usize = 100;

const MAP_KEY: u32 = 1;
const MAP_VALUE: u32 = 2;

/// More messages within messages than a reader takes.
#[derive(Debug)]
pub(super) struct TooDeep;

/// The bytes of `message`, with the unknown fields of `peers` carried over and its own dropped.
pub(super) fn encode(message: &DynamicMessage, peers: Option<&DynamicMessage>) -> Result<Vec<u8>, TooDeep> {
    let mut out = Vec::new();
    write_message(message, peers, MAX_MESSAGE_DEPTH, &mut out)?;
    Ok(out)
}

fn write_message(message: &DynamicMessage, peers: Option<&DynamicMessage>, depth_left: usize, out: &mut Vec<u8>) -> Result<(), TooDeep> {
    // In ascending order of number, and only what is set.
    for (field, value) in message.fields() {
        let peers_value = peers.filter(|peers| peers.has_field(&field)).map(|peers| peers.get_field(&field));
        write_field(&field, value, peers_value.as_deref(), depth_left, out)?;
    }
    for unknown in peers.into_iter().flat_map(DynamicMessage::unknown_fields) {
        unknown.encode(out);
    }
    Ok(())
}

fn write_field(field: &FieldDescriptor, value: &Value, peers: Option<&Value>, depth_left: usize, out: &mut Vec<u8>) -> Result<(), TooDeep> {
    let (number, kind) = (field.number(), field.kind());
    match value {
        Value::Map(entries) => {
            let Kind::Message(entry) = &kind else {
                return Ok(());
            };
            let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            let entry_depth = depth_left.checked_sub(1).ok_or(TooDeep)?;
            let peers = peers.and_then(Value::as_map);
            let mut sorted: Vec<(&MapKey, &Value)> = entries.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in sorted {
                let peers_value = peers.and_then(|peers| peers.get(key));
                let key = Value::from(key.clone());
                let mut entry = Vec::new();
                write_single(MAP_KEY, &key_kind, &key, None, entry_depth, &mut entry)?;
                write_single(MAP_VALUE, &value_kind, value, peers_value, entry_depth, &mut entry)?;
                write_bytes(number, &entry, out);
            }
        }
        Value::List(items) if field.is_packed() => {
            let mut packed = Vec::new();
            items.iter().for_each(|item| write_payload(&kind, item, &mut packed));
            write_bytes(number, &packed, out);
        }
        Value::List(items) => {
            let peers = peers.and_then(Value::as_list).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                write_single(number, &kind, item, peers.get(index), depth_left, out)?;
            }
        }
        single => write_single(number, &kind, single, peers, depth_left, out)?,
    }
    Ok(())
}

fn write_single(
    number: u32,
    kind: &Kind,
    value: &Value,
    peers: Option<&Value>,
    depth_left: usize,
    out: &mut Vec<u8>,
) -> Result<(), TooDeep> {
    if let Value::Message(message) = value {
        let depth_left = depth_left.checked_sub(1).ok_or(TooDeep)?;
        let mut inner = Vec::new();
        write_message(message, peers.and_then(Value::as_message), depth_left, &mut inner)?;
        write_bytes(number, &inner, out);
    } else {
        encode_key(number, kind.wire_type(), out);
        write_payload(kind, value, out);
    }
    Ok(())
}

fn write_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A scalar without its key. Negative numbers of the plain integer types are sign-extended to 64 bits, as protobuf has it.
fn write_payload(kind: &Kind, value: &Value, out: &mut Vec<u8>) {
    match (value, kind) {
        (Value::Bool(flag), _) => encode_varint(u64::from(*flag), out),
        (Value::EnumNumber(number), _) => encode_varint(i64::from(*number) as u64, out),
        (Value::I32(number), Kind::Sint32) => {
            encode_varint(u64::from(((number << 1) ^ (number >> 31)) as u32), out);
        }
        (Value::I32(number), Kind::Sfixed32) => out.extend(number.to_le_bytes()),
        (Value::I32(number), _) => encode_varint(i64::from(*number) as u64, out),
        (Value::I64(number), Kind::Sint64) => {
            encode_varint(((number << 1) ^ (number >> 63)) as u64, out);
        }
        (Value::I64(number), Kind::Sfixed64) => out.extend(number.to_le_bytes()),
        (Value::I64(number), _) => encode_varint(*number as u64, out),
        (Value::U32(number), Kind::Fixed32) => out.extend(number.to_le_bytes()),
        (Value::U32(number), _) => encode_varint(u64::from(*number), out),
        (Value::U64(number), Kind::Fixed64) => out.extend(number.to_le_bytes()),
        (Value::U64(number), _) => encode_varint(*number, out),
        (Value::F32(number), _) => out.extend(number.to_le_bytes()),
        (Value::F64(number), _) => out.extend(number.to_le_bytes()),
        (Value::String(text), _) => {
            encode_varint(text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        (Value::Bytes(bytes), _) => {
            encode_varint(bytes.len() as u64, out);
            out.extend_from_slice(bytes);
        }
        // Written by the functions above; protobuf has no list or map directly within another.
        (Value::Message(_) | Value::List(_) | Value::Map(_), _) => {}
    }
}
