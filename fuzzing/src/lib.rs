//! What is fuzzed: every decoder that reads what others wrote, and whole nodes, whose peers, users, proxies and disks say what the input says.
//!
//! A target takes any bytes, and panics if something is wrong. `cargo test` runs all of them on the corpus and on a bounded number of inputs made
//! of it; `cargo fuzz` runs one without an end, guided by coverage (docs/fuzzing.md).
//!
//! | file | what reads the input |
//! | --- | --- |
//! | `messages` | the two halves of KDS |
//! | `resources` | resources as users write them |
//! | `stores` | nodes that start from a disk; backups |
//! | `questions` | the resolver |
//! | `proxies` | what Envoy and its launcher say |
//! | `tokens` | tokens |
//! | `clusters` | what the API of a cluster says |
//! | `corpus` | what searches found before |
//! | `nodes/` | nodes: all that comes in from outside, in any order |
mod clusters;
pub mod corpus;
mod messages;
mod nodes;
mod proxies;
mod questions;
mod resources;
mod stores;
mod tokens;

pub use nodes::{global_after, zone_after};

/// Something that reads bytes that others wrote.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is the name of its corpus, too.
    pub name: &'static str,
    /// Reads the bytes.
    ///
    /// # Panics
    /// If what became of them is wrong.
    pub run: fn(&[u8]),
    /// Inputs that make sense: where a search begins.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    messages::REQUESTS,
    messages::RESPONSES,
    resources::JSON,
    resources::YAML,
    stores::ZONE,
    stores::GLOBAL,
    stores::BACKUP,
    questions::DNS,
    proxies::BOOTSTRAP,
    proxies::DISCOVERY,
    tokens::ZONE,
    clusters::OBJECTS,
    nodes::ZONE,
    nodes::GLOBAL,
];

/// The target of this name; `None`: there is none.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
