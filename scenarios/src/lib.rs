//! The scenario language of Strait, its runner and its invariants.
