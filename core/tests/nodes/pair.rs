//! A global and zones, wired together by hand: messages arrive in order and at once, stores answer when they are told to.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]
use std::collections::{BTreeMap, VecDeque};
use strait_core::{
    Durable, Emit, Node, Out, Recover, Seed, Step,
    node::*,
    resource::*,
    sync::*,
    time::{Mono, Now, Wall},
};

pub struct Side<N: Node> {
    pub node: N,
    pub disk: Durable,
    pub pending: Vec<strait_core::Batch>,
    pub observed: Vec<ObservationChange>,
}

pub struct Pair {
    pub now: u64,
    pub global: Option<Side<GlobalNode>>,
    pub zones: BTreeMap<ZoneName, Option<Side<ZoneNode>>>,
    pub global_disk: Durable,
    pub zone_disks: BTreeMap<ZoneName, Durable>,
    sessions: BTreeMap<Session, ZoneName>,
    next_session: u64,
    starts: u64,
    ticket: u64,
    pub cut: bool,
    /// How many responses with resources still get through to a zone.
    pub budget: Option<usize>,
    /// Parts of transfers that global has sent.
    pub parts_sent: usize,
    /// How many resources and removals each of them carried, empty ones left out.
    pub resources_sent: Vec<usize>,
    pub answers: BTreeMap<u64, EditOutcome>,
    pub closes: Vec<(Session, Refusal)>,
    pub log: Vec<String>,
    queue: VecDeque<Move>,
    /// How many bytes a second get through, in each direction; `None`: all, at once.
    pub bytes_per_s: Option<u64>,
    /// What is on its way to global and to zones, and when it arrives.
    wire: [VecDeque<(u64, Move)>; 2],
    /// Bytes that each direction has carried, as JSON counts them.
    pub carried: [u64; 2],
    /// How often a session ended.
    pub ends: usize,
    /// Full transfers that global has begun.
    pub full_transfers: usize,
    /// All transfers that it has begun.
    pub transfers: usize,
    pub remembered_removals: usize,
    pub zone_removals: usize,
    /// What zones said to proxies, and what they wanted signed, since somebody looked.
    pub to_proxies: Vec<(ZoneName, ProxySession, ToProxy)>,
    pub to_issue: Vec<(ZoneName, Issue)>,
}

enum Move {
    Global(GlobalInput),
    Zone(ZoneName, ZoneInput),
}

pub fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).unwrap()
}

pub fn timeout(name: &str, seconds: u32) -> Resource {
    Resource {
        key: Key {
            kind: Kind::new("MeshTimeout").unwrap(),
            mesh: Some(MeshName::new("default").unwrap()),
            name: ResourceName::new(name).unwrap(),
        },
        labels: Labels::new(),
        spec: Spec::new(
            serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{seconds}s")}}]}),
        ),
        status: None,
    }
}

pub fn mesh(name: &str) -> Resource {
    Resource {
        key: Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new(name).unwrap() },
        labels: Labels::new(),
        spec: Spec::new(serde_json::json!({})),
        status: None,
    }
}

pub fn service(name: &str) -> Resource {
    Resource {
        key: Key {
            kind: Kind::new("MeshService").unwrap(),
            mesh: Some(MeshName::new("default").unwrap()),
            name: ResourceName::new(name).unwrap(),
        },
        labels: Labels::new(),
        spec: Spec::new(serde_json::json!({"selector": {"dataplaneTags": {"app": name}}, "ports": [{"port": 80}], "state": "Available"})),
        status: None,
    }
}

impl Pair {
    pub fn new(zones: &[&str]) -> Self {
        let mut pair = Self {
            now: 0,
            global: None,
            zones: BTreeMap::new(),
            global_disk: Durable::new(),
            zone_disks: BTreeMap::new(),
            sessions: BTreeMap::new(),
            next_session: 1,
            starts: 0,
            ticket: 0,
            cut: false,
            budget: None,
            parts_sent: 0,
            resources_sent: Vec::new(),
            answers: BTreeMap::new(),
            closes: vec![],
            log: vec![],
            queue: VecDeque::new(),
            bytes_per_s: None,
            wire: [VecDeque::new(), VecDeque::new()],
            carried: [0, 0],
            ends: 0,
            full_transfers: 0,
            transfers: 0,
            remembered_removals: REMEMBERED_REMOVALS,
            zone_removals: REMEMBERED_REMOVALS,
            to_proxies: Vec::new(),
            to_issue: Vec::new(),
        };
        pair.start_global();
        for name in zones {
            pair.start_zone(name);
        }
        pair
    }

    fn clock(&self) -> Now {
        Now { mono: Mono(self.now), wall: Wall(self.now) }
    }

    pub fn start_global(&mut self) {
        self.starts += 1;
        let mut out = Out::new();
        let config = GlobalConfig { remembered_removals: self.remembered_removals, ..GlobalConfig::new() };
        let node = GlobalNode::recover(config, Seed(self.starts), self.clock(), &self.global_disk, &mut out).unwrap();
        self.global = Some(Side { node, disk: self.global_disk.clone(), pending: vec![], observed: vec![] });
        self.perform_global(out);
        self.settle();
    }

    pub fn start_zone(&mut self, name: &str) {
        let name = zone(name);
        self.starts += 1;
        let mut out = Out::new();
        let disk = self.zone_disks.entry(name.clone()).or_default().clone();
        let config = ZoneConfig { remembered_removals: self.zone_removals, ..ZoneConfig::new(name.clone()) };
        let node = ZoneNode::recover(config, Seed(self.starts), self.clock(), &disk, &mut out).unwrap();
        self.zones.insert(name.clone(), Some(Side { node, disk, pending: vec![], observed: vec![] }));
        self.perform_zone(&name, out);
        self.settle();
    }

    pub fn stop_global(&mut self) {
        self.global_disk = self.global.take().unwrap().disk;
        for (session, zone) in std::mem::take(&mut self.sessions) {
            self.queue.push_back(Move::Zone(zone, ZoneInput::Closed { session, why: None }));
        }
        self.settle();
    }

    pub fn stop_zone(&mut self, name: &str) {
        let name = zone(name);
        let side = self.zones.insert(name.clone(), None).unwrap().unwrap();
        self.zone_disks.insert(name.clone(), side.disk);
        let gone: Vec<Session> = self.sessions.iter().filter(|(_, zone)| **zone == name).map(|(session, _)| *session).collect();
        for session in gone {
            self.sessions.remove(&session);
            self.queue.push_back(Move::Global(GlobalInput::Closed { session }));
        }
        self.settle();
    }

    /// The link works again. Sessions that lived through the cut do not: what was lost of them stays lost.
    pub fn heal(&mut self) {
        if std::mem::take(&mut self.cut) {
            self.sessions.clear();
        }
    }

    pub fn edit(&mut self, changes: Vec<Change>) -> EditOutcome {
        self.ticket += 1;
        let ticket = self.ticket;
        self.queue.push_back(Move::Global(GlobalInput::Edit { ticket: Ticket(ticket), changes }));
        self.settle();
        self.answers.remove(&ticket).unwrap()
    }

    pub fn operate(&mut self, operation: Operation) {
        self.ticket += 1;
        self.queue.push_back(Move::Global(GlobalInput::Operate { ticket: Ticket(self.ticket), operation }));
        self.settle();
    }

    pub fn edit_zone(&mut self, at: &str, changes: Vec<Change>) -> EditOutcome {
        self.ticket += 1;
        let ticket = self.ticket;
        self.queue.push_back(Move::Zone(zone(at), ZoneInput::Edit { ticket: Ticket(ticket), changes }));
        self.settle();
        self.answers.remove(&ticket).unwrap()
    }

    pub fn inject_zone(&mut self, at: &str, input: ZoneInput) {
        self.queue.push_back(Move::Zone(zone(at), input));
        self.settle();
    }

    pub fn run_for(&mut self, ms: u64) {
        let until = self.now + ms;
        loop {
            let global = self.global.as_ref().and_then(|side| side.node.deadline());
            let zones = self.zones.values().flatten().filter_map(|side| side.node.deadline());
            let arrivals = self.wire.iter().filter_map(|wire| wire.front().map(|(at, _)| *at));
            let nodes = global.into_iter().chain(zones).map(|(at, _)| at.0);
            let Some(next) = nodes.chain(arrivals).min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(next);
            self.arrive();
            if let Some(mut side) = self.global.take() {
                let mut out = Out::new();
                side.node.handle(self.clock(), Step::Tick, &mut out);
                self.global = Some(side);
                self.perform_global(out);
            }
            let names: Vec<ZoneName> = self.zones.keys().cloned().collect();
            for name in names {
                self.step_zone(&name, Step::Tick);
            }
            self.settle();
        }
        self.now = until;
    }

    /// Sends a message, which takes its time.
    fn carry(&mut self, direction: usize, message: &impl serde::Serialize, to: Move) {
        let bytes = serde_json::to_vec(message).unwrap().len() as u64;
        self.carried[direction] += bytes;
        let Some(rate) = self.bytes_per_s else { return self.queue.push_back(to) };
        let free = self.wire[direction].back().map_or(0, |(at, _)| *at).max(self.now);
        self.wire[direction].push_back((free + bytes * 1000 / rate, to));
    }

    fn arrive(&mut self) {
        for direction in 0..2 {
            while let Some((_, arrived)) = self.wire[direction].pop_front_if(|(at, _)| *at <= self.now) {
                self.queue.push_back(arrived);
            }
        }
        self.settle();
    }

    /// What was on its way is lost with its session.
    fn hang_up(&mut self) {
        self.ends += 1;
        self.wire = [VecDeque::new(), VecDeque::new()];
    }

    fn step_zone(&mut self, name: &ZoneName, step: Step<ZoneInput>) {
        let clock = self.clock();
        let Some(Some(side)) = self.zones.get_mut(name) else { return };
        let mut out = Out::new();
        side.node.handle(clock, step, &mut out);
        self.perform_zone(name, out);
    }

    fn settle(&mut self) {
        while let Some(next) = self.queue.pop_front() {
            match next {
                Move::Global(input) => {
                    let clock = self.clock();
                    let Some(side) = &mut self.global else { continue };
                    let mut out = Out::new();
                    side.node.handle(clock, Step::Input(input), &mut out);
                    self.perform_global(out);
                }
                Move::Zone(name, input) => self.step_zone(&name, Step::Input(input)),
            }
        }
    }

    fn perform_global(&mut self, mut out: Out<GlobalEffect>) {
        let clock = self.clock();
        for emit in out.take() {
            match emit {
                Emit::Store(batch) => {
                    let side = self.global.as_mut().unwrap();
                    batch.apply_to(&mut side.disk);
                    let mut out = Out::new();
                    side.node.handle(clock, Step::Stored { upto: batch.lsn }, &mut out);
                    self.perform_global(out);
                }
                Emit::Observed(change) => self.global.as_mut().unwrap().observed.push(change),
                Emit::Effect(effect) => self.global_effect(effect),
            }
        }
    }

    fn global_effect(&mut self, effect: GlobalEffect) {
        self.log.push(format!("{:>7} global {effect:?}", self.now));
        match effect {
            GlobalEffect::Done { ticket, outcome } => {
                self.answers.insert(ticket.0, outcome);
            }
            GlobalEffect::Close { session, why } => {
                self.closes.push((session, why.clone()));
                self.hang_up();
                if let Some(name) = self.sessions.remove(&session) {
                    self.queue.push_back(Move::Zone(name, ZoneInput::Closed { session, why: Some(why) }));
                }
            }
            GlobalEffect::Request(session, request) => {
                if let (Some(name), false) = (self.sessions.get(&session).cloned(), self.cut) {
                    self.carry(1, &request.clone(), Move::Zone(name, ZoneInput::Request(session, request)));
                }
            }
            GlobalEffect::Response(session, response) => {
                if let ResponseBody::Resources { put, gone, transfer, .. } = &response.body {
                    self.parts_sent += 1;
                    self.transfers += usize::from(transfer.is_some_and(|transfer| transfer.part == 0));
                    if transfer.is_some_and(|transfer| transfer.from.is_none() && transfer.part == 0) {
                        self.full_transfers += 1;
                    }
                    if put.len() + gone.len() > 0 {
                        self.resources_sent.push(put.len() + gone.len());
                    }
                    match &mut self.budget {
                        Some(0) => self.cut = true,
                        Some(left) => *left -= 1,
                        None => {}
                    }
                }
                if let (Some(name), false) = (self.sessions.get(&session).cloned(), self.cut) {
                    self.carry(1, &response.clone(), Move::Zone(name, ZoneInput::Response(session, response)));
                }
            }
        }
    }

    fn perform_zone(&mut self, name: &ZoneName, mut out: Out<ZoneEffect>) {
        let clock = self.clock();
        for emit in out.take() {
            match emit {
                Emit::Store(batch) => {
                    let Some(Some(side)) = self.zones.get_mut(name) else { return };
                    batch.apply_to(&mut side.disk);
                    let mut out = Out::new();
                    side.node.handle(clock, Step::Stored { upto: batch.lsn }, &mut out);
                    self.perform_zone(name, out);
                }
                Emit::Observed(change) => {
                    if let Some(Some(side)) = self.zones.get_mut(name) {
                        side.observed.push(change);
                    }
                }
                Emit::Effect(effect) => self.zone_effect(name, effect),
            }
        }
    }

    fn zone_effect(&mut self, name: &ZoneName, effect: ZoneEffect) {
        self.log.push(format!("{:>7} {name} {effect:?}", self.now));
        match effect {
            ZoneEffect::Dial { .. } => {
                let answer = if self.global.is_none() {
                    Err(DialError::Refused)
                } else if self.cut {
                    Err(DialError::TimedOut)
                } else {
                    let session = Session(self.next_session);
                    self.next_session += 1;
                    self.sessions.insert(session, name.clone());
                    self.queue.push_back(Move::Global(GlobalInput::Opened { session, zone: name.clone(), dialect: Dialect::Strait }));
                    Ok((session, Dialect::Strait))
                };
                self.queue.push_back(Move::Zone(name.clone(), ZoneInput::Dialed(answer)));
            }
            ZoneEffect::Proxy(session, said) => self.to_proxies.push((name.clone(), session, said)),
            ZoneEffect::Kubernetes(_) => {}
            ZoneEffect::Issue(issue) => self.to_issue.push((name.clone(), issue)),
            ZoneEffect::Hangup { session } => {
                self.hang_up();
                if self.sessions.remove(&session).is_some() {
                    self.queue.push_back(Move::Global(GlobalInput::Closed { session }));
                }
            }
            ZoneEffect::Request(session, request) => {
                if self.sessions.contains_key(&session) && !self.cut {
                    self.carry(0, &request.clone(), Move::Global(GlobalInput::Request(session, request)));
                }
            }
            ZoneEffect::Response(session, response) => {
                if self.sessions.contains_key(&session) && !self.cut {
                    self.carry(0, &response.clone(), Move::Global(GlobalInput::Response(session, response)));
                }
            }
            ZoneEffect::Published { .. } => {}
            ZoneEffect::Done { ticket, outcome } => {
                self.answers.insert(ticket.0, outcome);
            }
        }
    }

    pub fn zone_node(&self, name: &str) -> &ZoneNode {
        &self.zones[&zone(name)].as_ref().unwrap().node
    }

    pub fn global_node(&self) -> &GlobalNode {
        &self.global.as_ref().unwrap().node
    }

    /// Display names of a kind that a zone holds.
    pub fn held(&self, name: &str, kind: &str) -> Vec<String> {
        let held = &self.zone_node(name).view().resources;
        held.values().filter(|resource| resource.kind().as_str() == kind).map(|resource| resource.display_name().to_owned()).collect()
    }

    pub fn held_by_global(&self, kind: &str) -> Vec<String> {
        let held = &self.global_node().view().resources;
        held.values().filter(|resource| resource.kind().as_str() == kind).map(|resource| resource.key.name.to_string()).collect()
    }
}
