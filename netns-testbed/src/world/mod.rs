//! The world `netns`: real processes on hosts of their own, real TLS over a real kernel, an emulated WAN between them, in real time.
//!
//! A control plane is the process that users deploy. Users and operators ask it over its API. What it does it tells itself, step by step
//! (`strait_shell::testbed`), because its links are encrypted and nobody can stop it at an event; what its disk holds when it
//! is gone is read here.
//!
//! | verb's need | how |
//! | --- | --- |
//! | edit, operate | HTTP on loopback of the host |
//! | cut, link | the WAN emulator |
//! | kill, pause, resume | SIGKILL, SIGSTOP, SIGCONT |
//! | power loss | the site goes dark, SIGKILL, sectors that were not synced are lost, the host's kernel is a new one |
//! | skew, disk, reject | the process is told, over its standard input |
//! | clusters | the model of the Kubernetes API over HTTPS, pods as hosts, their containers as processes (`crate::cluster`) |
//! | workloads | an application, `strait proxy run` and Envoy on a host, whose traffic nftables redirects; questions come from threads there |
//! | backup, restore | `strait backup` and `strait restore` |
//!
//! Two runs from one seed are not equal: chance is in the kernel, too.
mod between;
mod client;
mod clusters;
mod copies;
mod desk;
mod files;
mod forwarders;
mod host;
mod kept;
mod kubectl;
mod order;
mod primitives;
mod process;
mod programs;
mod reader;
mod tidings;
mod workloads;

pub use programs::Programs;

use crate::{Network, Plan, SiteId};
use clusters::Clusters;
use desk::Refused;
use files::Files;
use forwarders::Forwarders;
use host::{Asked, Build, Host};
use process::{Process, ProcessId};
use reader::{Reader, Word};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};
use strait_core::{Seed, node::Ticket, resource::ZoneName, sync::Session, time::Mono};
use strait_scenarios::{
    cuts::Cuts,
    event::{Event, NodeId, StopHow, What},
    known::Known,
    meters::Scale,
    sabotage,
    workload::ProxyId,
    world::{Direction, Setup, World},
};
use strait_shell::{process::wall, store::read_at_rest, testbed::monotonic_ns};
use workloads::Workloads;

/// How long a process may take to come to life.
const STARTED_WITHIN: Duration = Duration::from_secs(30);
/// How long a process may take to hear what is to be wrong.
const HEARD_WITHIN: Duration = Duration::from_secs(30);
/// How long the kernel may take to close the pipes of a process that was killed.
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// The world `netns`.
pub struct NetnsWorld {
    programs: Programs,
    scale: Box<dyn Scale>,
    began: Instant,
    began_ns: u64,
    // Dropped before the network and the files that they use.
    hosts: BTreeMap<NodeId, Host>,
    workloads: Workloads,
    clusters: Clusters,
    forwarders: Forwarders,
    reader: Reader,
    network: Network,
    files: Files,
    links: BTreeMap<ZoneName, (NodeId, Cuts)>,
    callers: BTreeMap<Session, NodeId>,
    refused: (Sender<Refused>, Receiver<Refused>),
    refusals: Vec<(Instant, NodeId, Refused)>,
    backups: BTreeMap<(NodeId, String), copies::Copy>,
    /// What happened and was not told yet, but is known.
    events: Vec<Event>,
    known: Known,
    last: Mono,
    processes: u64,
    chance: Seed,
}

impl NetnsWorld {
    /// A world in which every control plane is being started. The process must be inside: see [`crate::enter`]. `scale` weighs messages.
    ///
    /// # Errors
    /// The setup names a sabotage that does not exist, or the machine refuses something.
    pub fn new(setup: &Setup, programs: &Programs, scale: Box<dyn Scale>) -> Result<Self, String> {
        if let Some(name) = setup.sabotage.as_deref().filter(|name| sabotage::named(name).is_none()) {
            return Err(format!("there is no sabotage named `{name}`"));
        }
        let programs = &programs.found_anywhere();
        let (mut plan, mut beside, mut of_clusters) = (Plan::new(), Vec::new(), Vec::new());
        let placed: Vec<_> = setup
            .nodes()
            .map(|(id, dialect)| {
                let of_zone = |proxy: &&ProxyId| NodeId::Zone(proxy.zone.clone()) == id;
                let proxies: Vec<ProxyId> = setup.proxies.keys().chain(&setup.ingresses).filter(of_zone).cloned().collect();
                let moving = proxies.iter().filter(|proxy| setup.moves.contains(proxy)).count();
                let in_cluster = clusters::count_hosts(setup, &id);
                let (site, hosts) = plan.add_site(1 + proxies.len() + moving + in_cluster);
                let (beside_it, cluster) = hosts.split_at(hosts.len() - in_cluster);
                if let ([node, pods @ ..], Some(zone)) = (cluster, id.zone()) {
                    of_clusters.push((zone.clone(), site, *node, pods.to_vec()));
                }
                let (own, mut spare) = (&beside_it[1..=proxies.len()], beside_it[1 + proxies.len()..].iter().copied());
                beside.extend(proxies.into_iter().zip(own).map(|(proxy, host)| {
                    let elsewhere = if setup.moves.contains(&proxy) { spare.next() } else { None };
                    (proxy, *host, elsewhere)
                }));
                (id, dialect, site, hosts[0])
            })
            .collect();
        let places = Forwarders::plan(setup, &mut plan);
        let is_asked = setup.proxies.values().any(|workload| workload.gateway.is_some());
        let outside = is_asked.then(|| plan.add_site(1).1[0]);
        let network = Network::build(&plan, setup.seed.fork("network")).map_err(|error| error.to_string())?;
        let global = network.address(placed[0].3);
        let (files, reader) = (Files::make(global)?, Reader::start().map_err(|error| error.to_string())?);
        let (wall, mut hosts, mut links) = (wall(), BTreeMap::new(), BTreeMap::new());
        for (id, dialect, site, host) in placed {
            let sabotage = setup.sabotage.clone();
            let (is_too_old, lacks) = (setup.too_old.contains(&id), setup.lacks(&id));
            let build = Build { dialect, limits: setup.limits(&id), sabotage, is_too_old, lacked: lacks.clone(), lacks };
            links.extend(id.link().map(|link| (link.clone(), (id.clone(), Cuts::default()))));
            hosts.insert(id.clone(), Host::new(id.clone(), (site, host), files.folder(&id.to_string()), build, wall));
        }
        let control_plane = |zone: &ZoneName| hosts[&NodeId::Zone(zone.clone())].host;
        let clusters = Clusters::begin(setup, of_clusters, control_plane, &network, &files, programs)?;
        let workloads = Workloads::new(setup, beside, outside, programs, |called| files.folder(&format!("workload-{called}")))?;
        let forwarders = Forwarders::new(setup, places, |called| files.folder(&format!("forwarder-{called}")));
        let mut world = Self {
            workloads,
            clusters,
            forwarders,
            programs: programs.clone(),
            scale,
            began: Instant::now(),
            began_ns: monotonic_ns(),
            hosts,
            reader,
            network,
            files,
            links,
            callers: BTreeMap::new(),
            refused: mpsc::channel(),
            refusals: Vec::new(),
            backups: BTreeMap::new(),
            events: Vec::new(),
            known: Known::default(),
            last: Mono(0),
            processes: 0,
            chance: setup.seed,
        };
        for link in world.links.keys().cloned().collect::<Vec<_>>() {
            world.link(&link, setup.link(&link).unwrap_or_default());
        }
        world.set_zones_apart(setup)?;
        let first: Vec<NodeId> = world.hosts.keys().filter(|id| !matches!(id, NodeId::Joined { .. })).cloned().collect();
        first.iter().try_for_each(|id| world.start(id))?;
        world.start_forwarders()?;
        (0..world.workloads.count()).try_for_each(|index| world.start_workload(index))?;
        Ok(world)
    }

    /// Starts the process of a host that has none.
    fn start(&mut self, who: &NodeId) -> Result<(), String> {
        let global = self.network.address(self.hosts[&NodeId::Global].host);
        let Some(host) = self.hosts.get_mut(who) else {
            return Ok(());
        };
        self.processes += 1;
        host.starts += 1;
        host.retry_at = None;
        if std::mem::take(&mut host.is_dark) {
            self.network.wan().lighten(host.site);
        }
        let (id, folder) = (ProcessId(self.processes), host.folder.clone());
        let own = self.network.address(host.host);
        let forwarders = who.zone().map(|zone| self.forwarders.before(zone, &self.network)).unwrap_or_default();
        let command =
            host.command(&self.programs, &self.files, (global, own), &forwarders, self.clusters.kubeconfig(who), self.began_ns)?;
        let program = command.get_program().to_os_string();
        let spawned = self.network.namespace(host.host).run(move || Process::spawn(id, command, &folder));
        let (process, trace) = spawned.map_err(|error| format!("{}: {error}", program.display()))?;
        host.unheard = 0;
        (host.process, host.running, host.has_started, host.store_failed) = (Some(process), Some(id), false, false);
        self.reader.listen(id, host.part(), trace).map_err(|error| error.to_string())
    }

    /// Ends the process of a host, after which `disk` happens to what it wrote.
    fn stop(&mut self, who: &NodeId, how: StopHow, disk: impl FnOnce(&mut Host)) {
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        host.retry_at = None;
        let Some(mut process) = host.process.take() else {
            return;
        };
        process.kill();
        self.until_ended(process.id);
        let was_running = self.is_running(who);
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        disk(host);
        if was_running {
            self.stopped(who, how);
        }
    }

    /// Hears all that a process told before it was killed.
    fn until_ended(&mut self, id: ProcessId) {
        let deadline = Instant::now() + GONE_WITHIN;
        while let Ok(told) = self.reader.told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            let ended = told.process == id && matches!(told.what, Word::Ended);
            self.hear(told);
            if ended {
                return;
            }
        }
        panic!("a process was killed, and its pipes are open after {} s", GONE_WITHIN.as_secs());
    }

    /// Until a process that was just started has come to life, or has said why not.
    fn until_it_has_started(&mut self, who: &NodeId) {
        let deadline = Instant::now() + STARTED_WITHIN;
        self.hear_until(who, deadline, |host| host.process.is_none() || host.has_started, "has not come to life");
    }

    /// Hears what is told until something holds for a host, which must be in time: else the run means nothing.
    fn hear_until(&mut self, who: &NodeId, deadline: Instant, holds: impl Fn(&Host) -> bool, what_if_not: &str) {
        while self.hosts.get(who).is_some_and(|host| !holds(host)) {
            match self.reader.told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(told) => self.hear(told),
                Err(_) => panic!("{who} {what_if_not} in time; its last words: {}", self.hosts[who].folder.last_words()),
            }
        }
    }

    fn is_running(&self, who: &NodeId) -> bool {
        self.known.running.contains_key(who)
    }

    fn happened(&mut self, at: Mono, node: NodeId, caller: Option<NodeId>, what: What) {
        // Stamps are in order; what is done to the world is told when it is done.
        self.last = self.last.max(at);
        let synced = self.hosts.get(&node).map(|host| host.synced).unwrap_or_default();
        let event = Event { at: self.last, node, synced, caller, what };
        self.known.enter(&event);
        self.events.push(event);
    }

    /// A process is no more.
    fn stopped(&mut self, who: &NodeId, how: StopHow) {
        if let Some(host) = self.hosts.get_mut(who) {
            host.desk = None;
            host.asked.clear();
            host.is_paused = false;
        }
        self.happened(self.now(), who.clone(), None, What::Stopped { how });
    }

    /// Takes over what was told by now.
    fn absorb(&mut self) {
        while let Ok(told) = self.reader.told.try_recv() {
            self.hear(told);
        }
        self.hear_refusals();
        self.tend_workloads();
        self.tend_clusters();
    }

    fn start_what_is_due(&mut self) {
        let now = Instant::now();
        let due = |host: &&Host| host.retry_at.is_some_and(|at| at <= now);
        for who in self.hosts.values().filter(due).map(|host| host.id.clone()).collect::<Vec<_>>() {
            self.start_or_say(&who);
        }
    }

    /// A process that cannot even be started refuses to.
    fn start_or_say(&mut self, who: &NodeId) {
        if let Err(why) = self.start(who) {
            self.happened(self.now(), who.clone(), None, What::RefusedToStart { why });
        }
    }

    fn ask(&mut self, at: &NodeId, ticket: Ticket, asked: Asked) {
        let Some(host) = self.hosts.get_mut(at) else {
            return;
        };
        if let Some(desk) = &host.desk {
            match &asked {
                Asked::Edit(changes) => desk.edit(ticket, changes),
                Asked::Operate(operation) => desk.operate(ticket, operation),
            }
            host.asked.push_back((ticket, asked));
        }
    }

    /// Says what is wrong with a host to its process, and waits until that has heard it.
    fn want(&mut self, who: &NodeId, change: impl FnOnce(&mut Host)) {
        let began_ns = self.began_ns;
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        change(host);
        let faults = host.faults(began_ns);
        let Some(process) = &mut host.process else {
            return;
        };
        process.want(&faults);
        host.unheard += 1;
        let deadline = Instant::now() + HEARD_WITHIN;
        let holds = |host: &Host| host.process.is_none() || host.is_paused || host.unheard == 0;
        self.hear_until(who, deadline, holds, "has not heard what is to be wrong with it");
    }

    fn start_anew(&mut self, who: &NodeId, disk: impl FnOnce(&mut Host) -> Result<(), String>) {
        self.stop(who, StopHow::Killed, read_image);
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        let done = disk(host);
        self.start_with(who, done);
    }

    /// Starts the process of a host on whose disk this was done.
    fn start_with(&mut self, who: &NodeId, done: Result<(), String>) {
        match done {
            Ok(()) => {
                self.start_or_say(who);
                self.until_it_has_started(who);
            }
            Err(why) => self.happened(self.now(), who.clone(), None, What::RefusedToStart { why }),
        }
    }

    /// The two ends of a direction of a link.
    fn ends(&self, link: &ZoneName, way: Direction) -> Option<(SiteId, SiteId)> {
        let (global, zone) = (self.hosts.get(&NodeId::Global)?.site, self.hosts.get(&self.links.get(link)?.0)?.site);
        Some(match way {
            Direction::Down => (global, zone),
            Direction::Up => (zone, global),
        })
    }

    fn caller_at(&self, address: IpAddr) -> Option<NodeId> {
        let is_there = |host: &&Host| IpAddr::V4(self.network.address(host.host)) == address;
        self.hosts.values().find(is_there).map(|host| host.id.clone())
    }
}

/// What the disk of a host holds whose process is gone.
fn read_image(host: &mut Host) {
    host.image = read_at_rest(&host.folder.store()).ok();
}
