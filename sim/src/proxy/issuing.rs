//! What a zone wants issued, as its simulated process issues it.
use super::certificate::{Certificate, authority};
use rand::RngExt as _;
use std::time::Duration;
use strait_core::{
    Seed,
    node::{Issue, Issued, ProxySession},
    time::Wall,
};

/// How long it takes.
pub(crate) const ISSUED_WITHIN: Duration = Duration::from_millis(1);

/// Issues it at this time: what the node is told, and what is handed to a proxy. `start`: the seed of this start of the process.
pub(crate) fn issue(wanted: Issue, start: Seed, now: Wall) -> (Issued, Option<(ProxySession, Certificate)>) {
    match wanted {
        Issue::Authority { request, trust_domain, .. } => {
            let number = start.fork(&format!("authority {request}")).rng().random();
            (Issued::Authority { request, made: Ok(authority(&trust_domain, number)) }, None)
        }
        Issue::Certificate { request, session, identity, authority } => {
            let certificate = Certificate::signed(&identity, &authority, now);
            (Issued::Certificate { request, signed: Ok(()) }, Some((session, certificate)))
        }
    }
}
