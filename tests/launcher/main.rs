//! What the launcher of proxies decides by itself, without processes: `strait` is a program, so its files are read here once more.
#![allow(missing_docs, clippy::unwrap_used)]
#[path = "../../src/proxy/backoff.rs"]
mod backoff;
#[path = "../../src/proxy/nearest.rs"]
mod nearest;
#[path = "../../src/proxy/places.rs"]
mod places;
#[path = "../../src/proxy/variables.rs"]
mod variables;
#[path = "../../src/proxy/version.rs"]
mod version;

mod attempts_become_rarer;
mod every_variable_is_set;
mod it_is_an_envoy_that_will_do;
mod the_nearest_is_asked_first;
mod the_nearest_is_used_and_who_is_gone_given_up;
mod who_is_served_goes_last;
