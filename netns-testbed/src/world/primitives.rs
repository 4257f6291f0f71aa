//! What a world must be able to do, done on real things.
use super::{NetnsWorld, copies, host::Asked, read_image};
use nix::sys::signal::Signal;
use rand::Rng as _;
use std::time::Duration;
use strait_core::{
    node::{Change, Observation, Operation, Ticket},
    resource::{Key, ZoneName},
    sync::{Request, Response},
    time::{Mono, Now, Wall},
    vip::VipRange,
};
use strait_scenarios::{
    cluster::ClusterOrder,
    cuts::Cuts,
    event::{DiskProvenance, Event, NodeId, StopHow, What},
    forwarder::ForwarderId,
    kubernetes::Api,
    meters::Scale,
    workload::{Ask, AtWorkload, ProxyId},
    world::{CutHow, Direction, Disk as DiskContent, DiskState, Link, Skew, World, WorldKind},
    zone_pair::ZonePair,
};
use strait_shell::testbed::{DiskFault, lose_power};

/// How often it is looked whether something is due, while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl World for NetnsWorld {
    fn kind(&self) -> WorldKind {
        WorldKind::Netns
    }

    fn now(&self) -> Mono {
        Mono(0).after(self.began.elapsed()).max(self.last)
    }

    fn advance(&mut self, until: Mono) -> Vec<Event> {
        loop {
            self.absorb();
            self.start_what_is_due();
            let left = until.since(self.now());
            if !self.events.is_empty() || left.is_zero() {
                return std::mem::take(&mut self.events);
            }
            if let Ok(told) = self.reader.told.recv_timeout(left.min(LOOK_EVERY)) {
                self.hear(told);
            }
        }
    }

    fn edit(&mut self, at: &NodeId, ticket: Ticket, changes: Vec<Change>) {
        self.ask(at, ticket, Asked::Edit(changes));
    }

    fn operate(&mut self, at: &NodeId, ticket: Ticket, operation: Operation) {
        self.ask(at, ticket, Asked::Operate(operation));
    }

    fn join(&mut self, who: &NodeId) {
        if self.hosts.get(who).is_some_and(|host| host.starts == 0) {
            self.start_or_say(who);
            self.until_it_has_started(who);
        }
    }

    fn cut_oneway(&mut self, zone: &ZoneName, way: Direction, how: CutHow) {
        if let Some((from, to)) = self.ends(zone, way) {
            self.network.wan().cut(from, to, how);
        }
        if let Some((_, cuts)) = self.links.get_mut(zone) {
            cuts.set(way, how);
        }
    }

    fn heal(&mut self, zone: &ZoneName) {
        for (from, to) in Direction::BOTH.into_iter().filter_map(|way| self.ends(zone, way)) {
            self.network.wan().heal(from, to);
        }
        if let Some((_, cuts)) = self.links.get_mut(zone) {
            *cuts = Cuts::default();
        }
    }

    fn link(&mut self, zone: &ZoneName, link: Link) {
        for (from, to) in Direction::BOTH.into_iter().filter_map(|way| self.ends(zone, way)) {
            self.network.wan().set_link(from, to, link).expect("the kernel lets a router cut what it sends into packets");
        }
    }

    fn kill(&mut self, who: &NodeId) {
        self.stop(who, StopHow::Killed, read_image);
    }

    fn power_loss(&mut self, who: &NodeId) {
        let Some(host) = self.hosts.get_mut(who).filter(|host| host.process.is_some()) else {
            return;
        };
        host.is_dark = true;
        let (site, id) = (host.site, host.host);
        // The kernel has no time to close its connections.
        self.network.wan().darken(site);
        let mut chance = self.chance.fork(&format!("power of {who} {}", self.processes)).rng();
        self.stop(who, StopHow::PowerLoss, |host| {
            if let Err(error) = lose_power(&host.folder.store(), || chance.next_u32() & 1 == 0) {
                panic!("what {} had not synced cannot be taken away: {error}", host.id);
            }
            read_image(host);
        });
        self.network.renew(id).expect("a network that was built can be built again");
    }

    fn pause(&mut self, who: &NodeId) -> bool {
        let is_running = self.is_running(who);
        let Some(host) = self.hosts.get_mut(who).filter(|host| is_running && !host.is_paused) else {
            return true;
        };
        host.is_paused = host.process.as_ref().is_some_and(|process| process.signal(Signal::SIGSTOP));
        if host.is_paused {
            self.absorb();
            self.happened(self.now(), who.clone(), None, What::Paused);
        }
        true
    }

    fn resume(&mut self, who: &NodeId) {
        let Some(host) = self.hosts.get_mut(who).filter(|host| host.is_paused) else {
            return;
        };
        host.is_paused = false;
        self.happened(self.now(), who.clone(), None, What::Resumed);
        if let Some(process) = self.hosts.get(who).and_then(|host| host.process.as_ref()) {
            process.signal(Signal::SIGCONT);
        }
    }

    fn is_paused(&self, who: &NodeId) -> bool {
        self.hosts.get(who).is_some_and(|host| host.is_paused)
    }

    fn skew(&mut self, who: &NodeId, skew: Skew) {
        let now = self.now();
        self.want(who, |host| match skew {
            Skew::ByMs(ms) => host.clock.jump(now, ms),
            Skew::RatePpm(ppm) => host.clock.run_at(now, ppm),
        });
    }

    fn clock_of(&self, who: &NodeId) -> Now {
        let clock = self.hosts.get(who).or_else(|| self.hosts.values().next()).map(|host| host.clock);
        clock.map(|clock| clock.at(self.now())).unwrap_or_default()
    }

    fn reject(&mut self, who: &NodeId, resource: &Key) {
        self.want(who, |host| host.unreadable.extend([resource.clone()]));
    }

    fn accept(&mut self, who: &NodeId, resource: &Key) {
        self.want(who, |host| host.unreadable.retain(|refused| refused != resource));
    }

    fn upgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.hosts.get_mut(who) {
            host.build.lacks.clear();
        }
    }

    fn downgrade(&mut self, who: &NodeId) {
        if let Some(host) = self.hosts.get_mut(who) {
            host.build.lacks.clone_from(&host.build.lacked);
        }
    }

    fn give_from(&mut self, who: &NodeId, range: VipRange) {
        if let Some(host) = self.hosts.get_mut(who) {
            host.build.limits.vips = range;
        }
    }

    fn restart(&mut self, who: &NodeId, disk: DiskContent) {
        let is_in_cluster = matches!(who, NodeId::Zone(zone) if self.clusters.of(zone).is_some());
        self.start_anew(who, |host| match disk {
            DiskContent::Kept => Ok(()),
            DiskContent::Empty => {
                (host.provenance, host.image) = (DiskProvenance::Emptied, None);
                let emptied = if is_in_cluster { host.folder.empty_but_for_its_authority() } else { host.folder.empty() };
                emptied.map_err(|error| error.to_string())
            }
        });
    }

    fn set_disk(&mut self, who: &NodeId, state: DiskState) {
        self.want(who, |host| {
            host.disk = match state {
                DiskState::Ok => DiskFault::None,
                DiskState::Full => DiskFault::Full,
                DiskState::Slow(each) => DiskFault::Slow(u64::try_from(each.as_millis()).unwrap_or(u64::MAX)),
                DiskState::Failing => DiskFault::Failing,
                DiskState::FailingToSync => DiskFault::FailingToSync,
            };
        });
    }

    fn backup(&mut self, who: &NodeId, called: &str) {
        let Some(host) = self.hosts.get(who) else {
            return;
        };
        let file = self.files.path(&format!("{who}-{called}.backup"));
        match copies::take(host, self.network.namespace(host.host), &self.programs, file) {
            Ok(copy) => _ = self.backups.insert((who.clone(), called.to_owned()), copy),
            // A disk that cannot be read cannot be copied either: a restore then finds no backup of this name.
            Err(_) if host.disk != DiskFault::None || host.store_failed => {}
            Err(why) => panic!("no backup of {who} can be had: {why}"),
        }
    }

    fn restore(&mut self, who: &NodeId, called: &str) {
        let Some(copy) = self.backups.get(&(who.clone(), called.to_owned())).cloned() else {
            return;
        };
        self.stop(who, StopHow::Killed, read_image);
        let Some(host) = self.hosts.get_mut(who) else {
            return;
        };
        (host.provenance, host.image) = (DiskProvenance::Restored(called.to_owned()), None);
        let restored = copies::bring_back(&copy, host, self.network.namespace(host.host), &self.programs);
        self.start_with(who, restored);
    }

    fn ask(&mut self, number: u64, ask: &Ask) {
        self.begin_question(number, ask);
    }

    fn cluster(&mut self, zone: &ZoneName, act: &mut dyn FnMut(&mut Api, Wall)) {
        if let Some(cluster) = self.clusters.of(zone) {
            cluster.act(act);
        }
    }

    fn look_at_cluster(&self, zone: &ZoneName, look: &mut dyn FnMut(&Api)) {
        if let Some(cluster) = self.clusters.of(zone) {
            cluster.look(look);
        }
    }

    fn operate_cluster(&mut self, zone: &ZoneName, order: &ClusterOrder) -> Result<(), String> {
        if let Some(done) = self.by_kubectl(zone, order) {
            return done;
        }
        let mut answer = Err(format!("zone {zone} is no cluster"));
        self.cluster(zone, &mut |api, now| answer = order.carry_out(api, now));
        answer
    }

    fn kill_proxy(&mut self, who: &ProxyId) {
        if let Some(index) = self.workloads.find(who) {
            self.end_workload(index);
        }
    }

    fn restart_proxy(&mut self, who: &ProxyId) {
        if let Some(index) = self.workloads.find(who) {
            self.end_workload(index);
            self.start_workload(index).unwrap_or_else(|why| panic!("{who} cannot be started: {why}"));
        }
    }

    fn move_ingress(&mut self, who: &ProxyId) {
        if let Some(index) = self.workloads.find(who) {
            self.move_workload(index).unwrap_or_else(|why| panic!("{who} cannot move: {why}"));
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

    fn kill_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
    }

    fn restart_forwarder(&mut self, who: &ForwarderId) {
        self.end_forwarder(who);
        self.start_forwarder(who).unwrap_or_else(|why| panic!("{who} cannot be started: {why}"));
    }

    fn observe(&self, who: &NodeId) -> Option<Observation> {
        self.known.running.get(who).cloned()
    }

    fn is_cut(&self, zone: &ZoneName, way: Direction) -> Option<CutHow> {
        self.links.get(zone).and_then(|(_, cuts)| cuts.get(way))
    }
}

impl Scale for NetnsWorld {
    fn request(&mut self, request: &Request) -> u64 {
        self.scale.request(request)
    }

    fn response(&mut self, response: &Response) -> u64 {
        self.scale.response(response)
    }
}
