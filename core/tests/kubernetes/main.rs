//! From a cluster to a mesh.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_change_costs_what_it_touches;
mod a_manifest_becomes_what_kuma_makes_of_it;
mod an_object_that_cannot_be_read_says_which_field;
mod manifests;
mod nonsense_is_reported_and_harms_nobody_else;
mod oracle;
mod whatever_changes_the_mesh_is_what_the_cluster_says;
