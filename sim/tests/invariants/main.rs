//! What the invariants of resources say: nothing where all is right, whatever happens; and the right one where something is wrong.
#![allow(missing_docs, clippy::unwrap_used)]
mod each_sabotage_breaks_its_bound;
mod each_sabotage_breaks_its_invariant;
mod judges;
#[allow(dead_code)]
#[path = "../model/script.rs"]
mod script;
mod the_other_world_agrees;
#[allow(dead_code)]
#[allow(unused_imports)]
#[path = "../turmoil/script.rs"]
mod turmoil_script;
