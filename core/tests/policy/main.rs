//! Policies: what they come to for a proxy, whose each value is, and what a change costs.
#![allow(missing_docs, clippy::unwrap_used)]
mod author;
mod golden;
mod stage;

mod a_change_touches_only_the_proxies_it_is_for;
mod a_client_is_judged_by_all_rules_together;
mod a_policy_that_cannot_be_read_is_left_out_and_named;
mod kumas_own_cases_come_out_as_there;
mod what_comes_out_says_whose_each_value_is;
