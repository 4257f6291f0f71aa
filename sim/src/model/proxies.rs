//! Workloads with their proxies, each on a host of its own beside the zone control plane, and what these two say to each other.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
    forwarders::Path,
};
use crate::proxy::{AT_HOME, Does, ISSUED_WITHIN, SimProxy, address, all, elsewhere, issue, opened, pause};
use rand::rngs::ChaCha8Rng;
use std::net::IpAddr;
use strait_core::{
    Step,
    node::{FromProxy, Issue, ProxySession, ToProxy, ZoneInput},
};
use strait_scenarios::{
    event::{NodeId, What},
    workload::{AtWorkload, ProxyId},
    world::Setup,
};

/// The workloads with their proxies.
#[derive(Default)]
pub(super) struct Proxies {
    all: Vec<Proxy>,
    last_session: u64,
}

/// A workload with its proxy.
pub(super) struct Proxy {
    pub(super) id: ProxyId,
    pub(super) does: Does,
    pub(super) address: IpAddr,
    /// Where it goes when it moves, if it may.
    elsewhere: Option<IpAddr>,
    /// Where its control plane is.
    pub(super) home: HostId,
    /// Its zone knows of it from its cluster.
    is_pod: bool,
    pub(super) is_up: bool,
    /// How often it was started.
    pub(super) life: u64,
    pub(super) sim: SimProxy,
    session: Option<(ProxySession, Path)>,
    /// The way that it took last.
    path: Option<Path>,
    rng: ChaCha8Rng,
}

/// What a proxy is told.
#[derive(Debug)]
pub(super) enum ToldProxy {
    /// An update of its plan, in JSON.
    Plan(Vec<u8>),
    /// The connection is over.
    Closed,
}

impl Proxies {
    pub(super) fn find(&self, who: &ProxyId) -> Option<usize> {
        self.all.iter().position(|proxy| proxy.id == *who)
    }

    pub(super) fn at(&self, address: IpAddr) -> Option<usize> {
        // What pods leave others get: the last counts.
        self.all.iter().rposition(|proxy| proxy.address == address)
    }

    /// One more is there, and does not run yet.
    pub(super) fn add(&mut self, proxy: Proxy) {
        self.all.push(proxy);
    }

    fn on(&self, session: ProxySession) -> Option<usize> {
        self.all.iter().position(|proxy| matches!(proxy.session, Some((its, _)) if its == session))
    }
}

impl Proxy {
    /// A pod: its cluster starts and ends it.
    pub(super) fn pod(id: ProxyId, does: Does, address: IpAddr, home: HostId, rng: ChaCha8Rng) -> Self {
        let (sim, is_pod) = (SimProxy::new(&does), true);
        Self { id, does, address, elsewhere: None, home, is_pod, is_up: false, life: 0, sim, session: None, path: None, rng }
    }
}

impl std::ops::Index<usize> for Proxies {
    type Output = Proxy;

    fn index(&self, proxy: usize) -> &Proxy {
        &self.all[proxy]
    }
}

impl std::ops::IndexMut<usize> for Proxies {
    fn index_mut(&mut self, proxy: usize) -> &mut Proxy {
        &mut self.all[proxy]
    }
}

impl ModelWorld {
    /// Puts the workloads of a setup in their places, and starts them.
    pub(super) fn place_proxies(&mut self, setup: &Setup) {
        for (number, (id, does)) in (1_u32..).zip(all(setup)) {
            let Some(home) = self.find(&NodeId::Zone(id.zone.clone())) else {
                continue;
            };
            self.proxies.all.push(Proxy {
                rng: setup.seed.fork(&format!("proxy {id}")).rng(),
                elsewhere: elsewhere(setup, &id),
                id,
                sim: SimProxy::new(&does),
                does,
                address: address(number),
                home,
                is_pod: false,
                is_up: false,
                life: 0,
                session: None,
                path: None,
            });
            self.start_proxy(self.proxies.all.len() - 1);
        }
    }

    pub(super) fn at_workload(&mut self, home: HostId, at: AtWorkload) {
        self.happened(home, What::Workload(at));
    }

    pub(super) fn start_proxy(&mut self, index: usize) {
        let proxy = &mut self.proxies.all[index];
        (proxy.is_up, proxy.sim) = (true, SimProxy::new(&proxy.does));
        proxy.life += 1;
        let (home, started) = (proxy.home, AtWorkload::Started(proxy.id.clone()));
        self.agenda.add(self.now, Happening::ProxyDials { proxy: index, life: proxy.life });
        self.at_workload(home, started);
    }

    pub(super) fn end_proxy(&mut self, index: usize) {
        let proxy = &mut self.proxies.all[index];
        if !std::mem::take(&mut proxy.is_up) {
            return;
        }
        let (home, session, stopped) = (proxy.home, proxy.session.take(), AtWorkload::Stopped(proxy.id.clone()));
        if let Some((session, path)) = session {
            self.say_to_zone(home, session, path, FromProxy::Closed);
        }
        self.at_workload(home, stopped);
    }

    /// It ends where it is, and starts in its other place.
    pub(super) fn move_proxy(&mut self, index: usize) {
        self.end_proxy(index);
        let proxy = &mut self.proxies.all[index];
        if let Some(elsewhere) = &mut proxy.elsewhere {
            std::mem::swap(&mut proxy.address, elsewhere);
        }
        self.start_proxy(index);
    }

    pub(super) fn say_to_zone(&mut self, host: HostId, session: ProxySession, path: Path, said: FromProxy) {
        let start = self.hosts[host].starts;
        self.agenda.add(self.now.after(path.takes), Happening::ProxySays { host, start, session, said: Box::new(said) });
    }

    /// It connects, if there is somebody; else it tries again.
    pub(super) fn proxy_dials(&mut self, index: usize, life: u64) {
        let proxy = &self.proxies.all[index];
        if !proxy.is_up || proxy.life != life || proxy.session.is_some() {
            return;
        }
        let path = self.path(proxy.home, proxy.path.and_then(|path| path.via));
        let Some(path) = path.filter(|_| self.hosts[proxy.home].process.is_some()) else {
            return self.dial_again(index);
        };
        self.proxies.last_session += 1;
        let session = ProxySession(self.proxies.last_session);
        let proxy = &mut self.proxies.all[index];
        (proxy.session, proxy.path) = (Some((session, path)), Some(path));
        let (home, opened) = (proxy.home, opened(&proxy.id, &proxy.does, (!proxy.is_pod).then_some(proxy.address)));
        self.say_to_zone(home, session, path, opened);
    }

    fn dial_again(&mut self, index: usize) {
        let proxy = &mut self.proxies.all[index];
        let pause = pause(&mut proxy.rng);
        self.agenda.add(self.now.after(pause), Happening::ProxyDials { proxy: index, life: proxy.life });
    }

    pub(super) fn proxy_says(&mut self, host: HostId, start: u64, session: ProxySession, said: FromProxy) {
        if self.hosts[host].starts == start {
            self.step_zone(host, Step::Input(ZoneInput::Proxy(session, said)));
        }
    }

    /// What a zone says is on its way.
    pub(super) fn tell_proxy(&mut self, session: ProxySession, said: &ToProxy) {
        let Some(proxy) = self.proxies.on(session) else {
            return;
        };
        let takes = self.proxies.all[proxy].session.map_or(AT_HOME, |(_, path)| path.takes);
        let said = match said {
            ToProxy::Plan(update) => ToldProxy::Plan(serde_json::to_vec(update).expect("a plan is plain data")),
            ToProxy::Close { .. } => ToldProxy::Closed,
        };
        self.agenda.add(self.now.after(takes), Happening::ProxyHears { proxy, session, said });
    }

    pub(super) fn proxy_hears(&mut self, index: usize, session: ProxySession, said: ToldProxy) {
        let proxy = &mut self.proxies.all[index];
        let Some((_, path)) = proxy.session.filter(|(its, _)| proxy.is_up && *its == session) else {
            return;
        };
        let home = proxy.home;
        match said {
            ToldProxy::Closed => {
                proxy.session = None;
                self.dial_again(index);
            }
            ToldProxy::Plan(update) => {
                let answer = proxy.sim.told(&update).expect("a zone says what can be read");
                let pod = (proxy.is_pod && matches!(answer, FromProxy::Took { .. })).then(|| proxy.id.clone());
                self.say_to_zone(home, session, path, answer);
                if let Some(pod) = pod {
                    self.pod_is_configured(home, &pod);
                }
            }
        }
    }

    /// The process of a zone is no more: its proxies notice at once, as its kernel or its host says so, and try again.
    pub(super) fn lose_proxies(&mut self, host: HostId) {
        self.lose_proxies_where(|proxy, _| proxy.home == host);
    }

    /// The connections of these end, as they notice at once; they try again. Returns which.
    pub(super) fn lose_proxies_where(&mut self, is_lost: impl Fn(&Proxy, &Path) -> bool) -> Vec<(ProxySession, Path)> {
        let mut lost = Vec::new();
        for index in 0..self.proxies.all.len() {
            let proxy = &mut self.proxies.all[index];
            if let Some((session, path)) = proxy.session
                && is_lost(proxy, &path)
            {
                proxy.session = None;
                lost.push((session, path));
                self.dial_again(index);
            }
        }
        lost
    }

    // ---- certificates ----------------------------------------------------------------------------

    /// What a zone wants issued is, in a moment.
    pub(super) fn issue(&mut self, host: HostId, wanted: &Issue) {
        let start = self.hosts[host].starts;
        self.agenda.add(self.now.after(ISSUED_WITHIN), Happening::Issues { host, start, issue: Box::new(wanted.clone()) });
    }

    pub(super) fn issues(&mut self, host: HostId, start: u64, wanted: Issue) {
        if self.hosts[host].process.is_none() || self.hosts[host].starts != start {
            return;
        }
        let (issued, certified) = issue(wanted, self.hosts[host].seed_of_start(), self.clock(host).wall);
        if let Some((session, certificate)) = certified
            && let Some(proxy) = self.proxies.on(session)
        {
            self.proxies.all[proxy].sim.certify(certificate);
        }
        self.step_zone(host, Step::Input(ZoneInput::Issued(issued)));
    }
}
