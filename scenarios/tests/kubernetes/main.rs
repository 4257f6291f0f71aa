//! The model of the Kubernetes API, stepped with a clock of the test's own: what watches tell, how it misbehaves, and that runs repeat.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_deployment_that_does_not_progress_says_so;
mod a_stale_list_is_of_an_earlier_version;
mod a_watch_ends_in_every_way_that_it_may;
mod a_watch_tells_all_that_happened_in_order;
mod anything_is_answered_without_a_panic;
mod cluster;
mod endpoints_stay_in_their_slices;
mod events_are_kept_for_an_hour;
mod events_are_served_under_two_names;
mod graceful_deletion_waits_for_the_kubelet;
mod it_misbehaves_when_it_is_told_to;
mod nearly_right_objects_are_taken_or_refused;
mod thousands_of_pods_cost_little;
mod two_runs_are_equal;
