//! Forwarders before control planes of zones: a process each, on a host at a site of its own, which is as far from the zone as the topology says.
use super::{
    NetnsWorld,
    files::Folder,
    host::without_settings,
    workloads::{Running, spawn},
};
use crate::{HostId, Network, Plan, SiteId};
use std::{collections::BTreeMap, net::Ipv4Addr, process::Command};
use strait_core::resource::ZoneName;
use strait_scenarios::{
    event::NodeId,
    forwarder::{Forwarder, ForwarderId},
    link::Link,
    world::Setup,
};

/// Where a zone serves its proxies, and so where a forwarder listens (Kuma's port).
pub(super) const PORT: u16 = 5678;

/// The forwarders of a world.
#[derive(Default)]
pub(super) struct Forwarders {
    // Dropped before the network in which their processes are.
    all: BTreeMap<ForwarderId, Host>,
}

struct Host {
    is: Forwarder,
    site: SiteId,
    host: HostId,
    folder: Folder,
    running: Option<Running>,
}

impl Forwarders {
    /// Finds places for those of a setup.
    pub(super) fn plan(setup: &Setup, plan: &mut Plan) -> Vec<(SiteId, HostId)> {
        let place = |_| {
            let (site, hosts) = plan.add_site(1);
            (site, hosts[0])
        };
        setup.forwarders.keys().map(place).collect()
    }

    /// Those of a setup, in their places, none of which runs yet.
    pub(super) fn new(setup: &Setup, places: Vec<(SiteId, HostId)>, folder: impl Fn(&str) -> Folder) -> Self {
        let host = |((id, is), (site, host)): ((&ForwarderId, &Forwarder), _)| {
            let folder = folder(&format!("{}-{}", id.zone, id.name));
            (id.clone(), Host { is: *is, site, host, folder, running: None })
        };
        Self { all: setup.forwarders.iter().zip(places).map(host).collect() }
    }

    /// Where the proxies of a zone reach its control plane through them, the nearest first.
    pub(super) fn before(&self, zone: &ZoneName, network: &Network) -> Vec<Ipv4Addr> {
        let mut before: Vec<&Host> = self.all.iter().filter(|(id, _)| id.zone == *zone).map(|(_, host)| host).collect();
        before.sort_by_key(|host| host.is.delay);
        before.into_iter().map(|host| network.address(host.host)).collect()
    }
}

impl NetnsWorld {
    /// Sets them apart, and starts them.
    pub(super) fn start_forwarders(&mut self) -> Result<(), String> {
        for (id, host) in &self.forwarders.all {
            let zone = self.hosts[&NodeId::Zone(id.zone.clone())].site;
            let link = Link { delay: host.is.delay, ..Link::default() };
            for (from, to) in [(zone, host.site), (host.site, zone)] {
                self.network.wan().set_link(from, to, link).map_err(|error| error.to_string())?;
            }
        }
        let all: Vec<ForwarderId> = self.forwarders.all.keys().cloned().collect();
        all.iter().try_for_each(|who| self.start_forwarder(who))
    }

    /// Starts one that is down.
    pub(super) fn start_forwarder(&mut self, who: &ForwarderId) -> Result<(), String> {
        let to = self.network.address(self.hosts[&NodeId::Zone(who.zone.clone())].host);
        let Some(host) = self.forwarders.all.get_mut(who) else {
            return Ok(());
        };
        let mut command = Command::new(&self.programs.testbed);
        without_settings(&mut command);
        command.args(["testbed", "forward", "--port", &PORT.to_string(), "--to", &format!("{to}:{PORT}")]);
        host.running = Some(spawn(self.network.namespace(host.host), command, &host.folder)?);
        Ok(())
    }

    /// Ends one. Nothing if it is down.
    pub(super) fn end_forwarder(&mut self, who: &ForwarderId) {
        if let Some(host) = self.forwarders.all.get_mut(who) {
            host.running = None;
        }
    }
}
