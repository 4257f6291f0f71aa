//! The world `turmoil`: the real drivers on turmoil's network, one host per control plane and one per workload.
//!
//! gRPC, HTTP/2, pings, timers and backpressure are those of production; links, disks, proxies and the clock are simulated, in
//! steps of a millisecond. turmoil's network is not that of a kernel; what is missing between the two is added here. Two runs from one
//! seed are equal, event by event.
//!
//! What it cannot: hold single messages back, let one overtake another, let a process stand still, and stop one between two
//! emits of one step. A link's jitter is left out, because a chance that is drawn per segment would say little about messages;
//! its rate, and what losses and copies cost, are added where bytes are read.
//!
//! Tasks of the world are spawned beside turmoil's (`spawn_local`): those end in the order in which they began when a host dies, where
//! a runtime's own end in an order that follows from how many tasks the process ever had, and whoever is connected sees it.
//!
//! | file | what |
//! | --- | --- |
//! | `network`, `wire` | byte streams as kernels would have them |
//! | `clock` | what the clocks of a host show to its process |
//! | `host`, `processes` | disks, and how control planes start and end |
//! | `witness` | what happened, what may be known |
//! | `port`, `frames` | where the proxies of a zone connect, and what is said there |
//! | `workload`, `life` | workloads with their proxies, and what runs there |
//! | `clusters` | clusters of Kubernetes, and the hosts of their pods |
//! | `cluster_api`, `following` | how zone control planes reach and follow theirs, with the client and the informers of production |
//! | `between` | the links between zones |
//! | `forwarders` | what proxies come through to their zone |
//! | `outside` | who asks gateways |
//! | `running` | connecting within a zone |
mod between;
mod clock;
mod cluster_api;
mod clusters;
mod following;
mod forwarders;
mod frames;
mod host;
mod life;
mod network;
mod outside;
mod port;
mod processes;
mod running;
mod wire;
mod witness;
mod workload;

use crate::{
    clock::{EPOCH_MS, right, skewed},
    disk::Disk,
    proxy::AT_HOME,
    refusals::Refusals,
};
use ::turmoil::{Builder, Sim};
use between::Lines;
use clusters::{Cluster, Networks};
use host::{Host, Mailbox, Shared, Software, locked};
use network::{GLOBAL, Network, Power, host_of};
use outside::Outside;
use running::Running;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use strait_core::{
    Durable,
    node::{Change, GlobalInput, Observation, Operation, Ticket, ZoneInput, mark_backup},
    resource::{Key, ZoneName},
    sync::{Dialect, Request, Response},
    time::{Mono, Now, Wall},
    vip::VipRange,
};
use strait_scenarios::{
    event::{DiskProvenance, Event, NodeId, StopHow},
    forwarder::ForwarderId,
    gateway::Begins,
    known::Known,
    kubernetes::Api,
    meters::Scale,
    sabotage,
    workload::{Ask, AtWorkload, ProxyId},
    world::{CutHow, Direction, Disk as DiskContent, DiskState, Link, Setup, Skew, World, WorldKind},
    zone_pair::ZonePair,
};
use witness::Queue;
use workload::Workload;

/// One step of the world's clock, and how long a message takes on a link of which the setup says nothing.
const TICK: Duration = Duration::from_millis(1);
const PLAIN_DELAY: Duration = Duration::from_millis(5);
/// Segments that a connection holds, and connections that a listener holds. turmoil panics where a listener has no room.
const CAPACITY: usize = 1024;
/// Longer than anybody will wait.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The world `turmoil`.
pub struct TurmoilWorld {
    sim: Sim<'static>,
    queue: Shared<Queue>,
    network: Network,
    hosts: BTreeMap<NodeId, Shared<Host>>,
    workloads: BTreeMap<ProxyId, Workload>,
    clusters: BTreeMap<ZoneName, Cluster>,
    networks: Networks,
    lines: Lines,
    forwarders: BTreeMap<ForwarderId, IpAddr>,
    outside: Outside,
    running: Running,
    /// Those that are not there yet, and how long a message takes to them.
    to_join: BTreeMap<NodeId, (Software, Duration)>,
    /// What happened and was not told yet, but is known.
    events: Vec<Event>,
    known: Known,
    backups: BTreeMap<(NodeId, String), Durable>,
    scale: crate::Scale,
}

impl TurmoilWorld {
    /// A world in which everything has just been started.
    ///
    /// # Errors
    /// The setup names a sabotage that does not exist, or a cluster does not take a manifest.
    pub fn new(setup: &Setup) -> Result<Self, String> {
        if let Some(name) = setup.sabotage.as_deref().filter(|name| sabotage::named(name).is_none()) {
            return Err(format!("there is no sabotage named `{name}`"));
        }
        let link = |who: &NodeId| {
            let plain = Link { delay: PLAIN_DELAY, ..Link::default() };
            let link = who.link().and_then(|link| setup.link(link)).unwrap_or(plain);
            Link { delay: link.delay.max(TICK), ..link }
        };
        let delay = |who: &NodeId| link(who).delay;
        let path = |who: NodeId| (link(&who), setup.seed.fork(&format!("link {who}")), who);
        let sim = Builder::new()
            .tick_duration(TICK)
            .simulation_duration(FOREVER)
            .epoch(UNIX_EPOCH + Duration::from_millis(EPOCH_MS))
            .rng_seed(setup.seed.fork("turmoil").0)
            .tcp_capacity(CAPACITY)
            .min_message_latency(AT_HOME)
            .max_message_latency(AT_HOME)
            .ephemeral_ports(10_000..=65_535)
            .build();
        let mut world = Self {
            sim,
            queue: Shared::default(),
            network: Network::new(setup.nodes().map(|(who, _)| path(who))),
            hosts: BTreeMap::new(),
            workloads: BTreeMap::new(),
            clusters: clusters::laid(setup)?,
            networks: Networks::default(),
            lines: Lines::new(setup.between.clone()),
            forwarders: BTreeMap::new(),
            outside: Outside::default(),
            running: Running::default(),
            to_join: BTreeMap::new(),
            events: Vec::new(),
            known: Known::default(),
            backups: BTreeMap::new(),
            scale: crate::Scale::default(),
        };
        let joined = |who: &NodeId| matches!(who, NodeId::Joined { .. });
        for (who, dialect) in setup.nodes() {
            let software = world.software(setup, who.clone(), dialect);
            world.to_join.insert(who.clone(), (software, delay(&who)));
        }
        for who in setup.nodes().map(|(who, _)| who).filter(|who| !joined(who)) {
            world.add(&who);
        }
        world.place_forwarders(setup);
        world.place_clusters(setup);
        world.place_workloads(setup);
        world.place_outside(setup);
        world.set_apart(setup);
        world.set_zones_apart(setup);
        world.absorb();
        world.tend_clusters();
        Ok(world)
    }

    fn software(&self, setup: &Setup, id: NodeId, dialect: Dialect) -> Software {
        let seed = setup.seed.fork(&format!("host {id}"));
        let host = Arc::new(Mutex::new(Host::new(setup.store(&id), setup.limits(&id), Refusals::lacking(setup.lacks(&id)), seed)));
        let (network, queue) = (self.network.clone(), Arc::clone(&self.queue));
        let cluster = if let NodeId::Zone(zone) = &id { self.clusters.get(zone).map(|cluster| cluster.api().clone()) } else { None };
        Software { id, dialect, seed, sabotage: setup.sabotage.clone(), network, queue, host, cluster }
    }

    /// Adds a host, and starts its control plane. Nothing if it is there already.
    fn add(&mut self, who: &NodeId) {
        let Some((software, delay)) = self.to_join.remove(who) else {
            return;
        };
        self.hosts.insert(who.clone(), Arc::clone(&software.host));
        self.sim.host(name_of(who), move || software.start());
        if *who != NodeId::Global {
            self.sim.set_link_latency(GLOBAL, name_of(who), delay);
        }
        self.started(who);
    }

    fn is_there(&self, link: &ZoneName) -> bool {
        self.hosts.keys().any(|who| who.link() == Some(link))
    }

    /// Takes over what the hosts reported.
    fn absorb(&mut self) {
        let events = std::mem::take(&mut locked(&self.queue).events);
        for event in &events {
            self.known.enter(event);
        }
        self.events.extend(events);
    }

    /// What turmoil itself has to do about how a link is cut. Where only one way is, or each differently, the ends of the
    /// connections see to it: turmoil loses what it keeps back one way.
    fn cut_wire(&self, zone: &ZoneName) {
        match self.network.cuts_of(zone).alike() {
            Some(CutHow::Stall) => self.sim.hold(GLOBAL, host_of(zone)),
            Some(CutHow::Sever) => self.sim.partition(GLOBAL, host_of(zone)),
            // Also repairs a partition, in which nothing is held.
            None => self.sim.release(GLOBAL, host_of(zone)),
        }
    }

    /// The links that end at a host.
    fn links_at(&self, who: &NodeId) -> Vec<ZoneName> {
        self.hosts.keys().filter(|host| *who == NodeId::Global || *host == who).filter_map(NodeId::link).cloned().collect()
    }

    fn ask(&mut self, at: &NodeId, global: impl FnOnce() -> GlobalInput, zone: impl FnOnce() -> ZoneInput) {
        let Some(host) = self.hosts.get(at) else {
            return;
        };
        // A mailbox has room for more than can arrive within a tick.
        match &locked(host).mailbox {
            Some(Mailbox::Global(mailbox)) => drop(mailbox.try_send(global())),
            Some(Mailbox::Zone(mailbox)) => drop(mailbox.try_send(zone())),
            None => {}
        }
    }
}

fn name_of(who: &NodeId) -> String {
    who.link().map_or_else(|| GLOBAL.to_owned(), host_of)
}

impl World for TurmoilWorld {
    fn kind(&self) -> WorldKind {
        WorldKind::Turmoil
    }

    fn now(&self) -> Mono {
        Mono(0).after(self.sim.elapsed())
    }

    fn advance(&mut self, until: Mono) -> Vec<Event> {
        while self.events.is_empty() && self.now() < until {
            self.sim.step().expect("a control plane's future ends with an error only if it cannot listen");
            let now = self.now();
            locked(&self.queue).now = now;
            self.absorb();
            self.tend_clusters();
            self.bring_back();
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
        self.add(who);
    }

    fn pause(&mut self, _who: &NodeId) -> bool {
        false
    }

    fn resume(&mut self, _who: &NodeId) {}

    fn is_paused(&self, _who: &NodeId) -> bool {
        false
    }

    fn skew(&mut self, who: &NodeId, skew: Skew) {
        let now = self.now();
        if let Some(host) = self.hosts.get(who) {
            let mut host = locked(host);
            host.clock = skewed(host.clock, now, skew);
            host.skewed.send_replace(());
        }
    }

    fn clock_of(&self, who: &NodeId) -> Now {
        self.hosts.get(who).map_or(right(), |host| locked(host).clock).at(self.now())
    }

    fn reject(&mut self, who: &NodeId, resource: &Key) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).refusals.reject(resource);
        }
    }

    fn accept(&mut self, who: &NodeId, resource: &Key) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).refusals.accept(resource);
        }
    }

    fn upgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).refusals.upgrade();
        }
    }

    fn downgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).refusals.downgrade();
        }
    }

    fn give_from(&mut self, who: &NodeId, range: VipRange) {
        if let Some(host) = self.hosts.get(who) {
            locked(host).limits.vips = range;
        }
    }

    fn cut_oneway(&mut self, zone: &ZoneName, way: Direction, how: CutHow) {
        if self.is_there(zone) {
            self.network.cut(zone, way, how);
            self.cut_wire(zone);
        }
    }

    fn heal(&mut self, zone: &ZoneName) {
        if !self.network.cuts_of(zone).is_whole() {
            self.network.heal(zone);
            self.cut_wire(zone);
        }
    }

    fn link(&mut self, zone: &ZoneName, link: Link) {
        if self.is_there(zone) {
            let link = Link { delay: link.delay.max(TICK), ..link };
            self.sim.set_link_latency(GLOBAL, host_of(zone), link.delay);
            self.network.become_like(zone, link);
        }
    }

    fn kill(&mut self, who: &NodeId) {
        self.stay_down(who);
        self.stop(who, Power::Idle, StopHow::Killed, Disk::end);
    }

    fn power_loss(&mut self, who: &NodeId) {
        self.stay_down(who);
        if !self.is_running(who) {
            return;
        }
        // The kernel has no time to close its connections.
        let links = self.links_at(who);
        for link in &links {
            self.sim.partition(GLOBAL, host_of(link));
        }
        self.stop(who, Power::Off, StopHow::PowerLoss, Disk::power_loss);
        for link in &links {
            self.cut_wire(link);
        }
    }

    fn restart(&mut self, who: &NodeId, disk: DiskContent) {
        let disk = (disk == DiskContent::Empty).then(|| (Durable::new(), DiskProvenance::Emptied));
        self.start_anew(who, disk);
    }

    fn set_disk(&mut self, who: &NodeId, state: DiskState) {
        if let Some(host) = self.hosts.get(who) {
            locked(&locked(host).disk).set_state(state);
        }
    }

    fn backup(&mut self, who: &NodeId, called: &str) {
        let Some(host) = self.hosts.get(who) else {
            return;
        };
        // A disk that cannot be read cannot be copied either: a restore then finds no backup of this name.
        let copy = locked(&locked(host).disk).copy();
        if let Some(mut durable) = copy {
            mark_backup(&mut durable);
            self.backups.insert((who.clone(), called.to_owned()), durable);
        }
    }

    fn restore(&mut self, who: &NodeId, called: &str) {
        if let Some(durable) = self.backups.get(&(who.clone(), called.to_owned())) {
            let disk = (durable.clone(), DiskProvenance::Restored(called.to_owned()));
            self.start_anew(who, Some(disk));
        }
    }

    fn ask(&mut self, number: u64, ask: &Ask) {
        let Some(ask) = &self.asked_by(number, ask) else {
            return;
        };
        if let Some(workload) = self.workloads.get(&ask.from) {
            match ask.begins {
                Begins::There => workload.ask(number, ask),
                Begins::Outside => self.outside.ask(workload, number, ask),
            }
            self.absorb();
        }
    }

    fn cut_between(&mut self, pair: &ZonePair, how: CutHow) {
        self.cut_across(pair, how);
        self.at_line(pair, AtWorkload::Cut(pair.clone()));
    }

    fn heal_between(&mut self, pair: &ZonePair) {
        self.heal_across(pair);
        self.at_line(pair, AtWorkload::Healed(pair.clone()));
    }

    fn cluster(&mut self, zone: &ZoneName, act: &mut dyn FnMut(&mut Api, Wall)) {
        self.act_on_cluster(zone, act);
    }

    fn look_at_cluster(&self, zone: &ZoneName, look: &mut dyn FnMut(&Api)) {
        if let Some(cluster) = self.clusters.get(zone) {
            look(locked(&cluster.api().cluster).api());
        }
    }

    fn kill_proxy(&mut self, who: &ProxyId) {
        self.end_workload(who);
    }

    fn restart_proxy(&mut self, who: &ProxyId) {
        self.end_workload(who);
        self.start_workload(who);
    }

    fn move_ingress(&mut self, who: &ProxyId) {
        self.move_workload(who);
    }

    fn kill_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
    }

    fn restart_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
        self.start_forwarder(who);
    }

    fn observe(&self, who: &NodeId) -> Option<Observation> {
        self.known.running.get(who).cloned()
    }

    fn is_cut(&self, zone: &ZoneName, way: Direction) -> Option<CutHow> {
        self.network.cuts_of(zone).get(way)
    }
}

impl Scale for TurmoilWorld {
    fn request(&mut self, request: &Request) -> u64 {
        self.scale.request(request)
    }

    fn response(&mut self, response: &Response) -> u64 {
        self.scale.response(response)
    }
}
