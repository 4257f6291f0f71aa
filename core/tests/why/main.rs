//! Why a workload reaches a name, or does not.
#![allow(missing_docs, clippy::unwrap_used)]
mod stage;

mod a_port_that_nobody_can_ask_for_is_named;
mod each_break_is_found_and_its_change_turns_it;
mod what_is_not_there_is_said;
mod what_is_said_is_what_proxies_are_told;
mod what_runs_knows_more;
