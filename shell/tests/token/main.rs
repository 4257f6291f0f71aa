//! Tokens, and the keys that sign them.
#![allow(missing_docs, clippy::unwrap_used)]
mod cast;
mod dataplane_tokens;
mod proxy_keys;
mod zone_tokens;
