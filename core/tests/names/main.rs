//! Names and virtual IPs of services, as a zone gives them.
#![allow(missing_docs, clippy::unwrap_used)]
#[path = "../nodes/alone.rs"]
mod alone;

mod a_name_leads_where_the_generators_say;
mod a_service_is_made_of_what_proxies_say;
mod a_vip_is_given_away_late_and_to_one_only;
mod stage;
mod the_resolver_follows_every_change;
mod what_a_question_is_answered;
mod what_is_shown_of_a_service;
