//! A small model of Kuma 2.14's global and zone control planes: the other end of every session that speaks Kuma's dialect.
//!
//! Written from what Kuma does, hazards included, and sharing no sync code with the core: the first response of a kind is the
//! whole truth about it, what was sent counts as delivered, and nobody guards against an empty global.
//!
//! What is left out: health checks and admin streams, the enabled flag of zones, TLS material in global secrets, and the shared
//! snapshot of two sessions of one zone.
mod consumer;
mod filter;
mod global;
mod invalid;
mod naming;
mod provider;
mod shelf;
mod talk;
mod zone;
mod zones;

pub use global::KumaGlobal;
pub use zone::KumaZone;

use std::collections::BTreeSet;
use strait_core::resource::{Across, KNOWN_KINDS, Kind, KindFacts};

/// What Kuma 2.14 says that it understands.
fn features() -> BTreeSet<String> {
    ["zone-token", "hash-suffix", "hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"].map(str::to_owned).into()
}

/// The kinds of the table for which `travels` holds. Kuma knows no others.
fn kinds(travels: fn(&KindFacts) -> bool) -> Vec<Kind> {
    KNOWN_KINDS.iter().filter(|facts| travels(facts)).filter_map(|facts| Kind::new(facts.name).ok()).collect()
}

fn goes_down(facts: &KindFacts) -> bool {
    facts.down || matches!(facts.across, Across::Yes | Across::Producer)
}

fn goes_up(facts: &KindFacts) -> bool {
    facts.up
}
