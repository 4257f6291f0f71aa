//! What a zone says to its proxies over xDS, and who may be one.
#![allow(missing_docs, clippy::unwrap_used)]
mod port;
mod stage;

mod a_bootstrap_says_where_to_ask;
mod a_certificate_comes_by_itself;
mod a_proxy_says_who_it_is;
mod a_stranger_is_not_waited_for_long;
mod names_are_told_to_who_asks_for_them;
mod nothing_leads_where_nothing_is;
mod the_newest_certificate_stays;
mod what_is_refused_is_named;
mod who_returns_is_told_the_difference;
mod whom_an_ingress_turned_away_is_said_where_it_is_connected;
