//! Forwarders before control planes of zones, and which of them a proxy comes through.
use super::{ModelWorld, agenda::HostId};
use crate::proxy::{AT_HOME, nearest};
use std::time::Duration;
use strait_core::node::FromProxy;
use strait_scenarios::{event::NodeId, forwarder::ForwarderId, world::Setup};

/// One before the control plane of a zone.
pub(super) struct Forwarder {
    id: ForwarderId,
    home: HostId,
    delay: Duration,
    is_up: bool,
}

/// The way from a proxy to its control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Through which forwarder; `None`: straight there.
    pub(super) via: Option<usize>,
    /// How long it takes, one way.
    pub(super) takes: Duration,
}

impl ModelWorld {
    /// Puts the forwarders of a setup in their places.
    pub(super) fn place_forwarders(&mut self, setup: &Setup) {
        for (id, forwarder) in &setup.forwarders {
            if let Some(home) = self.find(&NodeId::Zone(id.zone.clone())) {
                let delay = forwarder.delay.max(AT_HOME);
                self.forwarders.push(Forwarder { id: id.clone(), home, delay, is_up: true });
            }
        }
    }

    /// The way that a launcher takes which came through this one before; `None`: there is none now.
    pub(super) fn path(&self, home: HostId, before: Option<usize>) -> Option<Path> {
        let of_home = || self.forwarders.iter().enumerate().filter(|(_, forwarder)| forwarder.home == home);
        if of_home().next().is_none() {
            return Some(Path { via: None, takes: AT_HOME });
        }
        let up = of_home().filter(|(_, forwarder)| forwarder.is_up).map(|(index, forwarder)| (index, forwarder.delay));
        let (via, delay) = nearest(up, before)?;
        Some(Path { via: Some(via), takes: delay * 2 })
    }

    pub(super) fn end_forwarder(&mut self, who: &ForwarderId) {
        let Some(index) = self.forwarders.iter().position(|forwarder| forwarder.id == *who) else {
            return;
        };
        if std::mem::take(&mut self.forwarders[index].is_up) {
            let home = self.forwarders[index].home;
            for (session, path) in self.lose_proxies_where(|proxy, path| proxy.home == home && path.via == Some(index)) {
                self.say_to_zone(home, session, path, FromProxy::Closed);
            }
        }
    }

    pub(super) fn start_forwarder(&mut self, who: &ForwarderId) {
        if let Some(forwarder) = self.forwarders.iter_mut().find(|forwarder| forwarder.id == *who) {
            forwarder.is_up = true;
        }
    }
}
