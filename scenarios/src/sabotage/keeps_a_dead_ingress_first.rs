//! `keeps-a-dead-ingress-first`: an ingress of another zone that is gone stays in what a zone tells its proxies, before those that are there.
//! Broken: L5.
use super::Sabotage;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
};
use strait_core::{
    plan::{Destination, Endpoint, Part},
    resource::ZoneName,
};

/// `keeps-a-dead-ingress-first`.
#[derive(Debug, Default)]
pub(super) struct KeepsADeadIngressFirst {
    /// Where each destination of another zone was ever reached.
    ways: BTreeMap<Destination, BTreeSet<SocketAddr>>,
}

impl Sabotage for KeepsADeadIngressFirst {
    fn part(&mut self, here: &ZoneName, part: &mut Part) {
        let Part::Endpoints(endpoints) = part else { return };
        let destination = &endpoints.destination;
        if destination.service.zone.as_ref().is_none_or(|zone| zone == here) {
            return;
        }
        let there: BTreeSet<SocketAddr> = endpoints.endpoints.iter().map(|one| SocketAddr::new(one.address, one.port)).collect();
        let ways = self.ways.entry(destination.clone()).or_default();
        ways.extend(&there);
        let gone: Vec<SocketAddr> = ways.difference(&there).copied().collect();
        if gone.is_empty() {
            return;
        }
        let there = endpoints.endpoints.iter().map(|one| Endpoint { priority: 1, ..*one });
        let gone = gone.iter().map(|way| Endpoint { priority: 0, address: way.ip(), port: way.port() });
        let all = there.chain(gone).collect();
        Arc::make_mut(endpoints).endpoints = all;
    }
}
