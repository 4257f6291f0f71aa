//! What a zone says to its proxies over xDS, and who may be one.
#![allow(missing_docs, clippy::unwrap_used)]
mod stage;

mod a_bootstrap_says_where_to_ask;
mod a_certificate_comes_by_itself;
mod a_proxy_says_who_it_is;
mod nothing_leads_where_nothing_is;
mod what_is_refused_is_named;
mod who_returns_is_told_the_difference;
