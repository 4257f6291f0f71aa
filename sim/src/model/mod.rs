//! The world `model`: the nodes on one agenda. Time jumps from one thing that happens to the next.
//!
//! Nothing runs in the background: a quiet world costs only its heartbeats. Two runs from one seed are equal, event by event.
//!
//! | file | what |
//! | --- | --- |
//! | `agenda` | what will happen, in order |
//! | `host`, `process` | disks and processes: starting, stepping, storing, stopping |
//! | `connection`, `transport` | TCP as far as it shows: order, silence, resets, pings, cuts |
//! | `flow`, `carriage` | what is said, on its way to the other end: windows, and links on which it takes time |
//! | `pause` | processes that stand still |
//! | `network` | sessions over connections |
//! | `between` | the links between zones |
//! | `forwarders` | what proxies come through to their zone |
//! | `clusters`, `cluster_writes` | clusters of Kubernetes, how zones follow them, and what they write there |
//! | `proxies` | workloads with their proxies, and what these say to their zone |
//! | `questions` | what workloads ask each other, on its way |
mod agenda;
mod between;
mod carriage;
mod cluster_writes;
mod clusters;
mod connection;
mod flow;
mod forwarders;
mod host;
mod network;
mod pause;
mod process;
mod proxies;
mod questions;
mod transport;

use crate::{clock::skewed, cluster::wall, refusals::Refusals};
use agenda::{Agenda, Asked, Happening, HostId};
use between::Lines;
use clusters::Cluster;
use connection::{Connection, ConnectionId};
use forwarders::Forwarder;
use host::{Crash, Host};
use network::Wire;
use proxies::Proxies;
use questions::Questions;
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    Durable, Seed, Step,
    node::{Change, GlobalInput, Observation, Operation, Ticket, ZoneInput, mark_backup},
    resource::{Key, ZoneName},
    sync::{Request, Response},
    time::{Mono, Now, Wall},
    vip::VipRange,
};
use strait_scenarios::{
    event::{DiskProvenance, Event, NodeId},
    forwarder::ForwarderId,
    kubernetes::Api,
    meters::Scale,
    sabotage,
    workload::{Ask, AtWorkload, ProxyId},
    world::{CutHow, Direction, Disk as DiskContent, DiskState, Link, Setup, Skew, Unstored, World, WorldKind},
    zone_pair::ZonePair,
};

/// Where global stands among the hosts; the zones follow.
const GLOBAL: HostId = 0;
/// A link of which the setup says nothing.
const PLAIN_DELAY: Duration = Duration::from_millis(5);

/// The world `model`.
pub struct ModelWorld {
    now: Mono,
    agenda: Agenda,
    /// What happened and was not told yet.
    events: Vec<Event>,
    hosts: Vec<Host>,
    by_link: BTreeMap<ZoneName, HostId>,
    /// One for each host but global, in their order.
    wires: Vec<Wire>,
    connections: BTreeMap<ConnectionId, Connection>,
    last_connection: ConnectionId,
    last_watch: u64,
    most_under_way: u64,
    /// Copies that are under way do not arrive.
    late_is_forgotten: bool,
    backups: BTreeMap<(HostId, String), Durable>,
    proxies: Proxies,
    clusters: Vec<Cluster>,
    /// From which the randomness of pods is forked.
    pods_seed: Seed,
    forwarders: Vec<Forwarder>,
    lines: Lines,
    questions: Questions,
    sabotage: Option<String>,
    scale: crate::Scale,
}

impl ModelWorld {
    /// A world in which everything has just been started.
    ///
    /// # Errors
    /// The setup names a sabotage that does not exist.
    pub fn new(setup: &Setup) -> Result<Self, String> {
        if let Some(name) = setup.sabotage.as_deref().filter(|name| sabotage::named(name).is_none()) {
            return Err(format!("there is no sabotage named `{name}`"));
        }
        let host = |id: NodeId, dialect| {
            let seed = setup.seed.fork(&format!("host {id}"));
            let (store, limits) = (setup.store(&id), setup.limits(&id));
            let refusals = Refusals::lacking(setup.lacks(&id));
            let environment = setup.environment(&id);
            Host::new(id, (dialect, environment), store, limits, refusals, seed)
        };
        let hosts: Vec<Host> = setup.nodes().map(|(id, dialect)| host(id, dialect)).collect();
        let links: Vec<ZoneName> = hosts.iter().filter_map(|host| host.id.link().cloned()).collect();
        let wire = |name: &ZoneName| {
            let link = setup.link(name).unwrap_or(Link { delay: PLAIN_DELAY, ..Link::default() });
            Wire::new(link, setup.seed.fork(&format!("link {name}")))
        };
        let mut world = Self {
            now: Mono(0),
            agenda: Agenda::default(),
            events: Vec::new(),
            hosts,
            wires: links.iter().map(wire).collect(),
            by_link: links.into_iter().zip(GLOBAL + 1..).collect(),
            connections: BTreeMap::new(),
            last_connection: 0,
            last_watch: 0,
            most_under_way: 0,
            late_is_forgotten: false,
            backups: BTreeMap::new(),
            proxies: Proxies::default(),
            clusters: Vec::new(),
            pods_seed: setup.seed.fork("pods"),
            forwarders: Vec::new(),
            lines: Lines::new(setup.between.clone()),
            questions: Questions::new(setup.seed.fork("questions")),
            sabotage: setup.sabotage.clone(),
            scale: crate::Scale::default(),
        };
        for host in 0..=setup.zones.len() {
            world.start(host);
        }
        world.place_forwarders(setup);
        world.place_proxies(setup);
        world.place_clusters(setup)?;
        Ok(world)
    }

    /// The most bytes of one connection and direction that were ever under way without being read.
    pub fn most_under_way(&self) -> u64 {
        self.most_under_way
    }

    fn find(&self, who: &NodeId) -> Option<HostId> {
        who.link().map_or(Some(GLOBAL), |link| self.by_link.get(link).copied())
    }

    fn wire(&mut self, zone: HostId) -> &mut Wire {
        &mut self.wires[zone - 1]
    }

    fn happen(&mut self, what: Happening) {
        let Some(what) = self.unless_paused(what) else {
            return;
        };
        match what {
            Happening::Wake(host) => self.wake(host),
            Happening::Synced { host, start, upto } => self.synced(host, start, upto),
            Happening::Arrival { connection, at } => self.arrival(connection, at),
            Happening::Clear { zone, to } => self.clear(zone, to),
            Happening::Room { connection, at } => self.room(connection, at),
            Happening::DialTimeout(connection) => self.dial_timeout(connection),
            Happening::PingTimeout { connection, at, watch } => self.ping_timeout(connection, at, watch),
            Happening::Asked { host, asked } => self.asked(host, asked),
            Happening::TakenUp { connection, at } => self.taken_up(connection, at),
            Happening::Late { .. } if self.late_is_forgotten => {}
            Happening::Late { zone, input } => self.step_zone(zone, Step::Input(*input)),
            Happening::ProxyDials { proxy, life } => self.proxy_dials(proxy, life),
            Happening::ProxySays { host, start, session, said } => self.proxy_says(host, start, session, *said),
            Happening::ProxyHears { proxy, session, said } => self.proxy_hears(proxy, session, said),
            Happening::Issues { host, start, issue } => self.issues(host, start, *issue),
            Happening::Cluster(cluster) => {
                self.clusters[cluster].was_woken();
                self.tend_cluster(cluster);
            }
            Happening::Follows { cluster, start, kind } => self.follows(cluster, start, kind),
            Happening::Defines { cluster, start } => self.defines(cluster, start),
            Happening::Writes { cluster, start, ask } => self.writes(cluster, start, &ask),
            Happening::Wrote { host, start, answered } => self.wrote(host, start, *answered),
            Happening::News { host, start, news } => self.news(host, start, *news),
            Happening::Question { number, stage } => self.question(number, stage),
            Happening::ComesBack(host) => self.comes_back(host),
            Happening::Recovers { host, start } => self.recovers(host, start),
        }
    }

    fn start_anew(&mut self, host: HostId, disk: Option<(Durable, DiskProvenance)>) {
        self.end_process(host);
        if let Some((disk, provenance)) = disk {
            self.hosts[host].disk.replace(&disk);
            self.hosts[host].provenance = provenance;
        }
        self.start(host);
    }

    fn ask(&mut self, at: &NodeId, global: impl FnOnce() -> GlobalInput, zone: impl FnOnce() -> ZoneInput) {
        let asked = match self.find(at) {
            Some(host @ GLOBAL) => Happening::Asked { host, asked: Asked::Global(Box::new(global())) },
            Some(host) => Happening::Asked { host, asked: Asked::Zone(Box::new(zone())) },
            None => return,
        };
        self.happen(asked);
    }
}

impl World for ModelWorld {
    fn kind(&self) -> WorldKind {
        WorldKind::Model
    }

    fn now(&self) -> Mono {
        self.now
    }

    fn advance(&mut self, until: Mono) -> Vec<Event> {
        while self.events.is_empty() {
            let Some(((at, _), what)) = self.agenda.next(until) else {
                self.now = self.now.max(until);
                break;
            };
            self.now = self.now.max(at);
            self.happen(what);
        }
        std::mem::take(&mut self.events)
    }

    fn edit(&mut self, at: &NodeId, ticket: Ticket, changes: Vec<Change>) {
        let again = changes.clone();
        self.ask(at, || GlobalInput::Edit { ticket, changes }, || ZoneInput::Edit { ticket, changes: again });
    }

    fn operate(&mut self, at: &NodeId, ticket: Ticket, operation: Operation) {
        let again = operation.clone();
        self.ask(at, || GlobalInput::Operate { ticket, operation }, || ZoneInput::Operate { ticket, operation: again });
    }

    fn join(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who).filter(|host| self.hosts[*host].starts == 0) {
            self.start(host);
        }
    }

    fn pause(&mut self, who: &NodeId) -> bool {
        if let Some(host) = self.find(who) {
            self.pause_process(host);
        }
        true
    }

    fn resume(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who) {
            self.resume_process(host);
        }
    }

    fn is_paused(&self, who: &NodeId) -> bool {
        self.find(who).is_some_and(|host| self.hosts[host].paused.is_some())
    }

    fn skew(&mut self, who: &NodeId, skew: Skew) {
        if let Some(host) = self.find(who) {
            self.hosts[host].clock = skewed(self.hosts[host].clock, self.now, skew);
            if self.hosts[host].paused.is_none() {
                // Its timers fire at other moments of the world now.
                self.stepped(host, None);
            }
        }
    }

    fn clock_of(&self, who: &NodeId) -> Now {
        self.clock(self.find(who).unwrap_or(GLOBAL))
    }

    fn reject(&mut self, who: &NodeId, resource: &Key) {
        if let Some(host) = self.find(who) {
            self.hosts[host].refusals.reject(resource);
        }
    }

    fn accept(&mut self, who: &NodeId, resource: &Key) {
        if let Some(host) = self.find(who) {
            self.hosts[host].refusals.accept(resource);
        }
    }

    fn upgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who) {
            self.hosts[host].refusals.upgrade();
        }
    }

    fn downgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who) {
            self.hosts[host].refusals.downgrade();
        }
    }

    fn give_from(&mut self, who: &NodeId, range: VipRange) {
        if let Some(host) = self.find(who) {
            self.hosts[host].limits.vips = range;
        }
    }

    fn cut_oneway(&mut self, zone: &ZoneName, way: Direction, how: CutHow) {
        if let Some(zone) = self.by_link.get(zone) {
            self.cut_wire(*zone, way, how);
        }
    }

    fn heal(&mut self, zone: &ZoneName) {
        if let Some(zone) = self.by_link.get(zone) {
            self.heal_wire(*zone);
        }
    }

    fn link(&mut self, zone: &ZoneName, link: Link) {
        if let Some(zone) = self.by_link.get(zone) {
            self.change_wire(*zone, link);
        }
    }

    fn kill(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who) {
            self.end_process(host);
        }
    }

    fn power_loss(&mut self, who: &NodeId) {
        if let Some(host) = self.find(who) {
            self.lose_power(host);
        }
    }

    fn restart(&mut self, who: &NodeId, disk: DiskContent) {
        if let Some(host) = self.find(who) {
            let disk = (disk == DiskContent::Empty).then(|| (Durable::new(), DiskProvenance::Emptied));
            self.start_anew(host, disk);
        }
    }

    fn set_disk(&mut self, who: &NodeId, state: DiskState) {
        if let Some(host) = self.find(who) {
            self.hosts[host].disk.set_state(state);
        }
    }

    fn backup(&mut self, who: &NodeId, called: &str) {
        let Some(host) = self.find(who) else {
            return;
        };
        // A disk that cannot be read cannot be copied either: a restore then finds no backup of this name.
        if let Some(mut durable) = self.hosts[host].disk.copy() {
            mark_backup(&mut durable);
            self.backups.insert((host, called.to_owned()), durable);
        }
    }

    fn restore(&mut self, who: &NodeId, called: &str) {
        let Some(host) = self.find(who) else {
            return;
        };
        if let Some(durable) = self.backups.get(&(host, called.to_owned())) {
            let disk = (durable.clone(), DiskProvenance::Restored(called.to_owned()));
            self.start_anew(host, Some(disk));
        }
    }

    fn duplicate_late(&mut self, zone: &ZoneName) -> bool {
        self.late_is_forgotten = false;
        if let Some(zone) = self.by_link.get(zone) {
            self.copy_for_later(*zone);
        }
        true
    }

    fn forget_late(&mut self) {
        self.late_is_forgotten = true;
        self.wires.iter_mut().for_each(Wire::forget_late);
    }

    fn crash_after_emit(&mut self, who: &NodeId, nth: u64, unstored: Unstored) -> bool {
        if let Some(host) = self.find(who) {
            self.hosts[host].crash = Some(Crash { after: nth.max(1), unstored });
        }
        true
    }

    fn ask(&mut self, number: u64, ask: &Ask) {
        self.begin_question(number, ask);
    }

    fn cut_between(&mut self, pair: &ZonePair, how: CutHow) {
        self.lines.cut(pair, how);
        self.at_line(pair, AtWorkload::Cut(pair.clone()));
    }

    fn heal_between(&mut self, pair: &ZonePair) {
        self.lines.heal(pair);
        self.at_line(pair, AtWorkload::Healed(pair.clone()));
    }

    fn cluster(&mut self, zone: &ZoneName, act: &mut dyn FnMut(&mut Api, Wall)) {
        if let Some(index) = self.find(&NodeId::Zone(zone.clone())).and_then(|home| self.cluster_of(home)) {
            act(self.clusters[index].sim.api_mut(), wall(self.now));
            self.tend_cluster(index);
        }
    }

    fn look_at_cluster(&self, zone: &ZoneName, look: &mut dyn FnMut(&Api)) {
        if let Some(index) = self.find(&NodeId::Zone(zone.clone())).and_then(|home| self.cluster_of(home)) {
            look(self.clusters[index].sim.api());
        }
    }

    fn kill_proxy(&mut self, who: &ProxyId) {
        if let Some(proxy) = self.proxies.find(who) {
            self.end_proxy(proxy);
        }
    }

    fn restart_proxy(&mut self, who: &ProxyId) {
        if let Some(proxy) = self.proxies.find(who) {
            self.end_proxy(proxy);
            self.start_proxy(proxy);
        }
    }

    fn move_ingress(&mut self, who: &ProxyId) {
        if let Some(proxy) = self.proxies.find(who) {
            self.move_proxy(proxy);
        }
    }

    fn kill_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
    }

    fn restart_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
        self.start_forwarder(who);
    }

    fn observe(&self, who: &NodeId) -> Option<Observation> {
        let host = &self.hosts[self.find(who)?];
        host.process.as_ref().map(|process| process.actor.observe().clone())
    }

    fn is_cut(&self, zone: &ZoneName, way: Direction) -> Option<CutHow> {
        self.wires[self.by_link.get(zone)? - 1].cuts.get(way)
    }

    fn connections(&self) -> Option<usize> {
        Some(self.connections.len())
    }
}

impl Scale for ModelWorld {
    fn request(&mut self, request: &Request) -> u64 {
        self.scale.request(request)
    }

    fn response(&mut self, response: &Response) -> u64 {
        self.scale.response(response)
    }
}
