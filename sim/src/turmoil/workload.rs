//! A workload with its proxy, or an ingress, on a host of its own: what the world does to it, and what happens there.
use super::{
    TurmoilWorld,
    clock::WorldTime,
    clusters::Networks,
    host::{Host, Run, Shared, locked},
    life::Life,
    running::Running,
    witness::{Queue, Witness},
};
use crate::proxy::{Does, Lost, address, all, elsewhere};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use strait_core::{Seed, time::Mono};
use strait_scenarios::{
    event::{NodeId, What},
    workload::{Answer, Ask, AtWorkload, ProxyId},
    world::Setup,
};
use tokio::sync::mpsc;

/// A workload with its proxy, or a proxy that stands for itself. Clones are the same.
#[derive(Clone)]
pub(super) struct Workload {
    pub(super) id: ProxyId,
    pub(super) does: Does,
    /// Where it may be: one place, or two, between which it moves. Each is a host.
    pub(super) places: Vec<IpAddr>,
    /// Where its control plane is reached, the nearest first.
    pub(super) control_planes: Vec<SocketAddr>,
    pub(super) running: Running,
    pub(super) networks: Networks,
    /// The host of its control plane, whose clocks are those of the zone.
    pub(super) home: Shared<Host>,
    /// Of a pod: where it is noted that its proxy took its plan.
    pub(super) configured: Option<Shared<BTreeSet<ProxyId>>>,
    pub(super) seed: Seed,
    pub(super) queue: Shared<Queue>,
    pub(super) state: Shared<State>,
}

/// What the world and the host both hold.
#[derive(Default)]
pub(super) struct State {
    starts: u64,
    /// In which of its places it is.
    place: usize,
    /// How the running one is made to ask.
    asks: Option<mpsc::UnboundedSender<(u64, Ask)>>,
    /// What it asked and has no answer to.
    open: BTreeSet<u64>,
}

impl Workload {
    /// Where it is.
    pub(super) fn address(&self) -> IpAddr {
        self.places[locked(&self.state).place]
    }

    /// Wherever it may be.
    pub(super) fn places(&self) -> impl Iterator<Item = IpAddr> {
        self.places.iter().copied()
    }

    /// Its zone knows of it from its cluster.
    pub(super) fn is_pod(&self) -> bool {
        self.configured.is_some()
    }

    /// Where a name leads that its proxy does not know.
    pub(super) fn look_up(&self, name: &str) -> Option<Ipv4Addr> {
        self.networks.look_up(&self.id.zone, name)
    }

    /// Goes to its next place, where it does not run yet.
    fn go_elsewhere(&self) {
        let mut state = locked(&self.state);
        state.place = (state.place + 1) % self.places.len();
    }

    /// Begins a life there, which runs until the future is dropped; where it is not, nothing runs.
    pub(super) fn start(&self, there: IpAddr) -> Run {
        if there != self.address() {
            return Box::pin(std::future::pending());
        }
        let (asks, asked) = mpsc::unbounded_channel();
        let starts = {
            let mut state = locked(&self.state);
            state.starts += 1;
            state.asks = Some(asks);
            state.starts
        };
        let now = self.now();
        self.running.set(there, true);
        self.happened(now, AtWorkload::Started(self.id.clone()));
        let seed = self.seed.fork(&format!("start {starts}"));
        Box::pin(Life::new(self.clone(), seed, WorldTime::showing(now)).run(asked))
    }

    /// Its host has ended it.
    fn stopped(&self) {
        let open = {
            let mut state = locked(&self.state);
            state.asks = None;
            std::mem::take(&mut state.open)
        };
        let now = self.now();
        self.happened(now, AtWorkload::Stopped(self.id.clone()));
        for number in open {
            self.happened(now, AtWorkload::Answered { number, answer: Lost::OwnHost.into() });
        }
    }

    /// It is to ask.
    pub(super) fn ask(&self, number: u64, ask: &Ask) {
        let now = self.now();
        self.happened(now, AtWorkload::Asks { number, ask: ask.clone() });
        let asks = {
            let mut state = locked(&self.state);
            state.open.insert(number);
            state.asks.clone()
        };
        if asks.is_none_or(|asks| asks.send((number, ask.clone())).is_err()) {
            self.answered(now, number, Lost::OwnHost.into());
        }
    }

    /// Its question has ended, unless it had ended before.
    pub(super) fn answered(&self, at: Mono, number: u64, answer: Answer) {
        let was_open = locked(&self.state).open.remove(&number);
        if was_open {
            self.happened(at, AtWorkload::Answered { number, answer });
        }
    }

    /// Something happened that it may notice.
    pub(super) fn tell(&self, what: AtWorkload) {
        self.happened(self.now(), what);
    }

    /// When this tick began.
    fn now(&self) -> Mono {
        locked(&self.queue).now
    }

    pub(super) fn happened(&self, at: Mono, what: AtWorkload) {
        let (node, world) = (NodeId::Zone(self.id.zone.clone()), WorldTime::showing(at));
        let witness = Witness { node, queue: Arc::clone(&self.queue), host: Arc::clone(&self.home), world };
        witness.happened(at, What::Workload(what));
    }
}

impl TurmoilWorld {
    /// Puts the workloads of a setup in their places, and starts them. Their hosts are called by their addresses, which no other host has.
    pub(super) fn place_workloads(&mut self, setup: &Setup) {
        for (nth, (id, does)) in (1..).zip(all(setup)) {
            let home = NodeId::Zone(id.zone.clone());
            let Some(host) = self.hosts.get(&home) else {
                continue;
            };
            let workload = Workload {
                id: id.clone(),
                does,
                places: std::iter::once(address(nth)).chain(elsewhere(setup, &id)).collect(),
                control_planes: self.ways_to(setup, &home),
                running: self.running.clone(),
                networks: self.networks.clone(),
                home: Arc::clone(host),
                configured: None,
                seed: setup.seed.fork(&format!("proxy {id}")),
                queue: Arc::clone(&self.queue),
                state: Shared::default(),
            };
            self.workloads.insert(id, workload.clone());
            for place in workload.places.clone() {
                let workload = workload.clone();
                self.sim.host(place, move || workload.start(place));
            }
        }
    }

    /// Ends a workload and its proxy. Nothing if they are down.
    pub(super) fn end_workload(&mut self, who: &ProxyId) {
        let Some(workload) = self.workloads.get(who).filter(|workload| self.running.is_at(workload.address())) else {
            return;
        };
        self.running.set(workload.address(), false);
        self.sim.crash(workload.address());
        workload.stopped();
        self.absorb();
    }

    /// Starts a workload and its proxy, which are down.
    pub(super) fn start_workload(&mut self, who: &ProxyId) {
        if let Some(workload) = self.workloads.get(who) {
            self.sim.bounce(workload.address());
            self.absorb();
        }
    }

    /// Ends an ingress where it is, and starts it in its next place.
    pub(super) fn move_workload(&mut self, who: &ProxyId) {
        self.end_workload(who);
        if let Some(workload) = self.workloads.get(who) {
            workload.go_elsewhere();
        }
        self.start_workload(who);
    }
}
