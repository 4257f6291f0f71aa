//! Parts of a plan as Envoy's configuration: as they look, and as Envoy itself judges them.
#![allow(missing_docs, clippy::unwrap_used)]
mod running;
mod stage;

mod an_ingress_lets_through_by_name;
mod envoy_takes_all_of_it;
mod it_looks_as_it_did;
mod names_are_told_on_a_socket;
mod requests_go_where_routes_say;
mod what_failed_is_tried_again;
mod who_is_trusted;
mod who_may_connect;
mod who_serves_is_found_out;
