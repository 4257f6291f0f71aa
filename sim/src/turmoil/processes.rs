//! How the processes of control planes end and begin on their hosts.
use super::{
    TurmoilWorld,
    clock::WorldTime,
    host::{Host, Recovery, Shared, locked},
    name_of,
    network::Power,
    witness::Witness,
};
use crate::disk::Disk;
use std::sync::Arc;
use strait_core::Durable;
use strait_scenarios::{
    event::{DiskProvenance, NodeId, StopHow, What},
    world::World as _,
};

impl TurmoilWorld {
    pub(super) fn is_running(&self, who: &NodeId) -> bool {
        self.known.running.contains_key(who)
    }

    pub(super) fn power(&self, who: &NodeId, power: Power) {
        match who {
            NodeId::Global => self.network.set_global(power),
            NodeId::Zone(_) | NodeId::Joined { .. } => self.running.set(self.sim.lookup(name_of(who)), power == Power::Running),
        }
    }

    /// The software of a host has been started; its process may have refused to.
    pub(super) fn started(&mut self, who: &NodeId) {
        self.absorb();
        self.power(who, if self.is_running(who) { Power::Running } else { Power::Idle });
    }

    /// A process that could not start is not tried again.
    pub(super) fn stay_down(&self, who: &NodeId) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).recovery = Recovery::None;
        }
    }

    /// Ends the process on a host, after `disk` was done to its disk.
    pub(super) fn stop(&mut self, who: &NodeId, power: Power, how: StopHow, disk: impl FnOnce(&mut Disk)) {
        let Some(host) = self.hosts.get(who).filter(|_| self.is_running(who)).cloned() else {
            return;
        };
        {
            let mut host = locked(&host);
            host.mailbox = None;
            disk(&mut locked(&host.disk));
        }
        self.power(who, power);
        self.sim.crash(name_of(who));
        let (now, queue) = (self.now(), Arc::clone(&self.queue));
        Witness { node: who.clone(), queue, host, world: WorldTime::showing(now) }.happened(now, What::Stopped { how });
        self.absorb();
    }

    /// Brings back the processes whose store failed, or that found no disk to read.
    pub(super) fn bring_back(&mut self) {
        let is_due = |host: &&Shared<Host>| locked(host).recovery == Recovery::Due;
        let due: Vec<NodeId> = self.hosts.iter().filter(|(_, host)| is_due(host)).map(|(who, _)| who.clone()).collect();
        for who in due {
            self.stop(&who, Power::Idle, StopHow::StoreFailed, |_| {});
            self.sim.bounce(name_of(&who));
            self.started(&who);
        }
    }

    pub(super) fn start_anew(&mut self, who: &NodeId, disk: Option<(Durable, DiskProvenance)>) {
        let Some(host) = self.hosts.get(who).cloned() else {
            return;
        };
        self.kill(who);
        if let Some((disk, provenance)) = disk {
            let mut host = locked(&host);
            locked(&host.disk).replace(&disk);
            host.provenance = provenance;
        }
        self.sim.bounce(name_of(who));
        self.started(who);
    }
}
