//! What the world `model` promises, and how the models of Kuma behave in it.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_crash_comes_right_after_the_emit_that_was_named;
mod a_dial_is_answered_or_not_as_by_kernels;
mod a_killed_process_says_so_and_a_dead_host_does_not;
mod a_late_duplicate_arrives_under_its_old_session;
mod a_link_takes_its_time;
mod a_restored_backup_is_what_was_durable_then;
mod a_severed_connection_never_works_again;
mod a_stall_delays_and_loses_nothing;
mod a_thousand_zones_follow_an_edit;
mod an_empty_kuma_global_wipes_its_zones;
mod both_ends_may_say_more_than_the_other_has_read;
mod equal_seeds_give_equal_runs;
mod kumas_converge_on_both_lanes;
mod one_way_of_a_link_may_fail_alone;
mod script;
mod straits_and_kumas_get_along;
