//! What the world `turmoil` promises: the real drivers on a simulated network.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_cluster_is_listed_once;
mod a_killed_process_says_so_and_a_dead_host_does_not;
mod a_link_takes_its_time;
mod a_severed_connection_never_works_again;
mod a_stall_delays_and_loses_nothing;
mod both_lanes_converge;
mod cluster;
mod equal_seeds_give_equal_runs;
mod one_way_of_a_link_may_fail_alone;
mod pods_come_and_go;
mod questions_end_as_in_the_model;
mod script;
mod what_was_synced_survives;
