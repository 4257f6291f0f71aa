//! An unmodified `kubectl` finds in the model of the Kubernetes API what it expects of a cluster.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_custom_kind_is_served_with_its_definition;
mod a_deployment_rolls_out;
mod a_list_that_expired_goes_on;
mod a_namespace_goes_with_all_in_it;
mod a_service_leads_to_its_ready_pods;
mod a_watch_tells_what_changes;
mod apply_takes_away_what_a_file_no_longer_says;
mod cluster;
mod deletion_takes_or_leaves_what_is_owned;
mod errors_name_the_field;
mod get_prints_tables_and_selects;
mod kubelet;
mod patches_of_three_kinds;
mod server_side_apply_knows_owners;
mod tokens_say_who_calls;
mod what_is_served_is_explained;
