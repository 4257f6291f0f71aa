//! The invariants about positions: silent whatever happens, and each loud under its sabotage.
#![allow(missing_docs, clippy::unwrap_used)]
mod both_worlds_show_it;
mod each_claim_is_judged;
mod each_sabotage_breaks_its_invariant_first;
mod each_way_to_break_is_seen;
mod judge;
mod run;
#[allow(dead_code)]
#[path = "../model/script.rs"]
mod script;
mod stage;
