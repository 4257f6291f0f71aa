//! The invariants about positions: silent whatever happens, and each loud under its sabotage.
#![allow(missing_docs, clippy::unwrap_used)]
mod each_sabotage_breaks_its_invariant_first;
mod judge;
#[allow(dead_code)]
#[path = "../model/script.rs"]
mod script;
mod whatever_happens_nothing_breaks;
