//! What a workload sends, on its way out.
use super::{
    SimProxy,
    again::Tries,
    certificate::Certificate,
    matching::{Request, rewritten, route},
};
use rand::{RngExt, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use strait_core::plan::{ClusterTls, Destination, Filter, Trust, Weighted};
use strait_scenarios::workload::{Ask, Spoken};

/// The next place of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hop {
    /// Where it goes.
    pub(crate) to: SocketAddr,
    /// And then, one after the other, as long as there is no connection or no answer in time.
    pub(crate) else_to: Vec<SocketAddr>,
    /// Which of these tries it is, counted from 0.
    pub(crate) nth: u32,
    /// After so long the proxy gives up a try.
    pub(crate) each: Option<Duration>,
    /// What is spoken by whoever asks.
    pub(crate) speaks: Spoken,
    /// How both ends prove who they are; `None`: they do not.
    pub(crate) tls: Option<Tls>,
    /// After so long the proxy gives up.
    pub(crate) timeout: Option<Duration>,
}

/// How a client proves who it is, and whom it takes for its server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tls {
    pub(super) certificate: Certificate,
    pub(super) sni: String,
    /// The SPIFFE IDs of those who serve what it asks for.
    pub(super) servers: BTreeSet<String>,
    /// Whom the client trusts.
    pub(super) trust: Option<Trust>,
}

/// Why a request goes nowhere: what its author is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoWay(pub(super) String);

impl Hop {
    /// The next try, if there is one.
    pub(crate) fn again(&self) -> Option<Self> {
        let (to, else_to) = self.else_to.split_first()?;
        Some(Self { to: *to, else_to: else_to.to_vec(), nth: self.nth + 1, ..self.clone() })
    }
}

impl SimProxy {
    /// Where what its workload sends to an address goes.
    ///
    /// # Errors
    /// Nowhere.
    pub(super) fn leave(&self, to: Ipv4Addr, ask: &Ask, rng: &mut ChaCha8Rng) -> Result<Hop, NoWay> {
        let no_way = |why: &str| NoWay(why.to_owned());
        let to = SocketAddr::new(to.into(), ask.port);
        let outbound = self.outbounds().find(|outbound| outbound.listens.contains(&to));
        // What is for no service goes on to where it was sent, and there nobody has an address of a service.
        let outbound = outbound.ok_or_else(|| no_way("nobody has that address"))?;
        let mut destination = outbound.destination.clone();
        let mut request_ms = outbound.timeouts.request_ms;
        let mut tries = Tries::of_connections(outbound);
        if outbound.protocol.has_requests() {
            let request = Request { host: ask.name.clone(), path: ask.path.clone(), headers: ask.headers.clone() };
            let route = route(outbound, &request).ok_or_else(|| no_way("404: no route fits"))?;
            let request = rewritten(request, route);
            if route.filters.iter().any(|filter| matches!(filter, Filter::Redirect { .. })) {
                return Err(NoWay(format!("it was redirected from {}", request.path)));
            }
            tries = Tries::of_requests(outbound, route, &request);
            request_ms = route.timeouts.as_ref().map_or(request_ms, |timeouts| timeouts.request_ms);
            destination = drawn(&route.to, rng).ok_or_else(|| no_way("500: the route leads nowhere"))?.clone();
        }
        let cluster = self.cluster(&destination).ok_or_else(|| no_way("503: it is not known how that is connected to"))?;
        let tls = match &cluster.tls {
            None => None,
            Some(tls) => Some(self.shows(tls)?),
        };
        let endpoints = self.endpoints(&destination).map(|endpoints| &endpoints.endpoints).filter(|endpoints| !endpoints.is_empty());
        let endpoints = endpoints.ok_or_else(|| no_way("503: nobody serves it"))?;
        let mut in_turn = tries.in_turn(endpoints, rng).into_iter();
        let to = in_turn.next().ok_or_else(|| no_way("503: nobody serves it"))?;
        let timeout = (outbound.protocol.has_requests() && request_ms > 0).then(|| Duration::from_millis(request_ms));
        Ok(Hop { to, else_to: in_turn.collect(), nth: 0, each: tries.each, speaks: ask.speaks, tls, timeout })
    }

    fn shows(&self, tls: &ClusterTls) -> Result<Tls, NoWay> {
        let certificate = self.certificate.clone().ok_or_else(|| NoWay("503: the proxy has no certificate yet".to_owned()))?;
        Ok(Tls { certificate, sni: tls.sni.clone(), servers: tls.servers.clone(), trust: self.trust().cloned() })
    }
}

/// One of them, by weight.
fn drawn<'a>(to: &'a [Weighted], rng: &mut ChaCha8Rng) -> Option<&'a Destination> {
    let all: u32 = to.iter().map(|weighted| weighted.weight).sum();
    let mut drawn = if all == 0 { return None } else { rng.random_range(0..all) };
    to.iter()
        .find(|weighted| {
            let is_it = drawn < weighted.weight;
            drawn = drawn.saturating_sub(weighted.weight);
            is_it
        })
        .map(|weighted| &weighted.to)
}
