//! What the two nodes do, seen from outside: steps in, emits out.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_lying_peer_or_store_is_refused;
mod a_plain_kuma_zone_is_answered_only_what_global_knows;
mod a_refused_resource_is_named_and_offered_again;
mod a_transfer_goes_on_where_a_flapping_link_left_it;
mod a_zone_under_a_plain_kuma_global_freezes_instead_of_wiping;
mod alone;
mod an_older_transfer_is_refused_also_when_it_is_a_full_one;
mod cost_follows_the_change;
mod pair;
mod recorded_steps_replay;
mod sync_between_straits;
mod two_connections_claim_one_zone;
mod whatever_happens_the_zone_holds_what_global_holds;
