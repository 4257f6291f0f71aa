//! Plans: what a proxy is to do, and what a change costs.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_route_has_timeouts_of_its_own;
mod a_union_leads_here_first;
mod author;
mod stage;

mod a_change_touches_the_parts_it_is_about;
mod a_plan_says_what_names_lead_to;
mod a_plan_says_where_everything_goes;
mod a_plan_says_who_everybody_is;
mod a_port_that_cannot_be_asked_for_is_left_out;
mod a_trust_domain_is_kept_for_a_zone_that_is_not_there;
mod a_zone_of_kuma_is_asked_as_kuma_asks;
mod a_zone_speaks_for_its_own_trust_domains;
mod routes_are_tried_in_kumas_order;
mod what_failed_is_tried_again_as_policies_say;
mod whether_somebody_serves_is_asked_as_policies_say;
mod whoever_is_not_touched_has_the_plan_that_he_had;
