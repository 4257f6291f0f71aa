//! A zone whose proxies are pods.
#![allow(missing_docs, clippy::unwrap_used)]
#[path = "../nodes/alone.rs"]
mod alone;
#[path = "../kubernetes/manifests.rs"]
#[allow(dead_code)]
mod manifests;

mod a_copy_is_the_zones_to_write;
mod a_list_that_is_older_counts_for_nothing;
mod a_lost_store_comes_back;
mod a_service_has_the_address_that_its_cluster_gave;
mod an_address_is_published_once_its_object_was_seen;
mod api;
mod in_whatever_order_and_however_often_killed;
mod nothing_goes_before_all_is_known;
mod stage;
mod what_is_made_of_objects_is_nobody_elses;
mod what_users_apply_is_in_the_mesh;
mod whatever_happens_to_what_is_written;
mod written;
