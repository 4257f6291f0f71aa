//! The scenario language, seen from outside: files in, scenarios or mistakes out.
#![allow(missing_docs, clippy::unwrap_used)]
mod any_text_is_read_or_refused_without_a_panic;
mod every_mistake_is_shown_in_its_place;
mod mistakes_about_clusters_are_shown_too;
mod mistakes_about_workloads_are_shown_too;
mod the_schema_says_what_the_check_says;
mod written;
