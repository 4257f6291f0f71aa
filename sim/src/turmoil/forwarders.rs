//! Forwarders before control planes of zones, each on a host of its own.
use super::{TurmoilWorld, host::Run, name_of, port::PORT, running::Running};
use crate::proxy::{AT_HOME, address};
use ::turmoil::net::{TcpListener, TcpStream};
use std::net::{IpAddr, SocketAddr};
use strait_scenarios::{event::NodeId, forwarder::ForwarderId, world::Setup};
use tokio::{io::copy, task::spawn_local};

impl TurmoilWorld {
    /// Puts the forwarders of a setup in their places, after its workloads, and starts them.
    pub(super) fn place_forwarders(&mut self, setup: &Setup) {
        let first = u32::try_from(setup.proxies.len() + setup.ingresses.len()).unwrap_or(u32::MAX).saturating_add(1);
        for (nth, id) in (first..).zip(setup.forwarders.keys()) {
            let (own, running) = (address(nth), self.running.clone());
            let to = SocketAddr::new(self.sim.lookup(name_of(&NodeId::Zone(id.zone.clone()))), PORT);
            self.forwarders.insert(id.clone(), own);
            self.sim.host(own, move || forward(own, to, running.clone()));
        }
    }

    /// Sets forwarders as far from everything in their zone as they are.
    pub(super) fn set_apart(&mut self, setup: &Setup) {
        for (id, forwarder) in &setup.forwarders {
            let delay = forwarder.delay.max(AT_HOME);
            let beside: Vec<IpAddr> = self.places_in(&id.zone).chain([self.sim.lookup(name_of(&NodeId::Zone(id.zone.clone())))]).collect();
            for other in beside {
                self.sim.set_link_latency(self.forwarders[id], other, delay);
            }
        }
    }

    /// Where the control plane of a zone is reached by its proxies, the nearest first.
    pub(super) fn ways_to(&self, setup: &Setup, home: &NodeId) -> Vec<SocketAddr> {
        let mut before: Vec<_> = setup.forwarders.iter().filter(|(id, _)| home.zone() == Some(&id.zone)).collect();
        before.sort_by_key(|(_, forwarder)| forwarder.delay);
        let there = if before.is_empty() {
            vec![self.sim.lookup(name_of(home))]
        } else {
            before.into_iter().map(|(id, _)| self.forwarders[id]).collect()
        };
        there.into_iter().map(|address| SocketAddr::new(address, PORT)).collect()
    }

    /// Ends a forwarder. Nothing if it is down.
    pub(super) fn end_forwarder(&mut self, who: &ForwarderId) {
        if let Some(own) = self.forwarders.get(who).copied().filter(|own| self.running.is_at(*own)) {
            self.running.set(own, false);
            self.sim.crash(own);
        }
    }

    /// Starts a forwarder, which is down.
    pub(super) fn start_forwarder(&mut self, who: &ForwarderId) {
        if let Some(own) = self.forwarders.get(who).copied() {
            self.sim.bounce(own);
        }
    }
}

/// Begins a life, which runs until the future is dropped.
fn forward(own: IpAddr, to: SocketAddr, running: Running) -> Run {
    running.set(own, true);
    Box::pin(async move {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        while let Ok((stream, _)) = listener.accept().await {
            spawn_local(pass_on(stream, to, running.clone()));
        }
        Ok(())
    })
}

/// Passes on what both say, until either ends.
async fn pass_on(proxy: TcpStream, to: SocketAddr, running: Running) {
    // Whoever connected finds the connection ended.
    let Ok(zone) = running.connect(to).await else { return };
    let (mut from_proxy, mut to_proxy) = proxy.into_split();
    let (mut from_zone, mut to_zone) = zone.into_split();
    let _ = tokio::select! {
        biased;
        ended = copy(&mut from_proxy, &mut to_zone) => ended,
        ended = copy(&mut from_zone, &mut to_proxy) => ended,
    };
}
