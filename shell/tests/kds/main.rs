//! What real nodes do on the real drivers, over pipes and simulated time.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_certificate_that_was_given_may_be_the_servers_own;
mod a_kind_larger_than_a_message_arrives_in_parts;
mod a_lane_that_ends_cleanly_ends_the_session;
mod a_message_that_is_too_large_ends_the_session;
mod a_message_that_makes_no_sense_ends_the_session;
mod a_refusal_arrives_with_its_reason;
mod a_session_ends_when_the_node_is_gone;
mod a_session_that_ended_leaves_no_task_behind;
mod a_store_that_fails_ends_the_loop;
mod an_oversized_resource_stops_nothing;
mod both_lanes_converge;
mod cast;
mod neither_end_waits_for_the_other;
mod what_is_no_zone_is_refused;
