//! What the conversion to Kuma's protobuf promises.
#![allow(missing_docs, clippy::unwrap_used)]
mod any_bytes;
mod any_message;
mod as_kuma_writes_it;
mod what_cannot_be_read_is_named;
