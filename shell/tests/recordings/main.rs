//! Conversations between real Kuma control planes, played to ours: what ours says is what Kuma's said, but for what `docs/recordings.md`
//! lists. The recordings are no part of the repository; without them, all of this is skipped, and says so.
#![allow(missing_docs, clippy::unwrap_used)]
mod admin_streams_are_nothing_to_sync;
mod as_global;
mod as_zone;
#[path = "../kds/cast.rs"]
#[allow(dead_code)]
mod cast;
mod difference;
mod ear;
mod holdings;
mod large_messages_are_taken;
mod meaning;
mod our_global_says_what_kumas_said;
mod our_zone_says_what_kumas_said;
mod permitted;
mod signing_key;
mod stage;
mod tape;
mod wire;
mod writing;
