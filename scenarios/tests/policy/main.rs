//! What policies come to: the oracle of the suites and the index say the same, in whatever order it came; and S12 notices when they do not.
#![allow(missing_docs, clippy::unwrap_used)]
#[allow(dead_code)]
#[path = "../../../core/tests/policy/author.rs"]
mod author;

mod a_wrong_index_is_noticed;
mod the_index_says_what_the_oracle_says;
mod the_order_of_arrival_does_not_count;
