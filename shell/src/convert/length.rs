//! How long parts of messages are on the wire, without writing them.

/// A field of so many bytes: its tag, the length, and the bytes. All fields that are meant have a tag of one byte.
pub(super) fn field(bytes: usize) -> usize {
    1 + prost::length_delimiter_len(bytes) + bytes
}

/// A text, which is left out where there is none.
pub(super) fn text(text: &str) -> usize {
    if text.is_empty() { 0 } else { field(text.len()) }
}

/// An entry of a `google.protobuf.Struct`, whose value has so many bytes.
pub(super) fn entry(key: &str, value: usize) -> usize {
    field(field(key.len()) + field(value))
}

/// A `google.protobuf.Value` that is a text.
pub(super) fn value(text: &str) -> usize {
    field(text.len())
}
