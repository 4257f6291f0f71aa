//! Policies: what they come to for a proxy, whose each value is, and what a change costs.
#![allow(missing_docs, clippy::unwrap_used)]
mod golden;
mod kumas_own_cases_come_out_as_there;
