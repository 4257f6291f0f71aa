//! The global control plane: holds the policies, and brings together what the zones announce.
//!
//! It accepts zone control planes only. One catalog holds everything, its own and what zones announced, in one history; each
//! zone has a [`Peer`] that provides from it and takes into it.
mod edits;
mod failing;
mod guests;
mod membership;
mod operate;
mod provide;
mod receiver;
mod record;
mod snapshots;
mod understood;

use super::{
    Change, EditOutcome, Fits, GlobalEffect, GlobalInput, Observation, ObservationChange, REMEMBERED_REMOVALS, Refusal, Ticket, WaitReason,
    deadlines::Deadlines,
    outbox::Outbox,
    told::{self, Told},
};
use crate::{
    machine::{Durable, Node, Out, Recover, RecoverError, Step, StoreFailure},
    records::{self, Writes},
    resource::{Key, Kind, Origin, ZoneName},
    seed::Seed,
    sync::{
        Dialect, Epoch, Hello, Lane, Request, RequestBody, Response, ResponseBody, Session,
        catalog::{Catalog, Write},
        consumer::{Incoming, Taken},
        peer::{self, Heard, Peer},
    },
    time::{Mono, Now},
};
use guests::Guest;
use rand::RngExt;
use receiver::FromZone;
use record::ZoneRecord;
use snapshots::Snapshots;
use std::collections::{BTreeMap, BTreeSet};

/// To how many zones everything is sent at a time: each has at most a megabyte under way, so that this is what they take of the
/// memory of messages, and few enough that each of a thousand zones gets on.
pub const SNAPSHOTS: usize = 64;

/// What the operator decides about a global.
#[derive(Clone, Debug)]
pub struct GlobalConfig {
    /// Whether what users write can be said on the wire.
    pub fits: Fits,
    /// How many removals are remembered at least, for zones that have not heard of them ([`REMEMBERED_REMOVALS`]).
    pub remembered_removals: usize,
    /// To how many zones everything is sent at a time ([`SNAPSHOTS`]); at least one.
    pub snapshots: usize,
}

impl GlobalConfig {
    /// The defaults: everything can be said.
    pub fn new() -> Self {
        Self { fits: |_| Ok(()), remembered_removals: REMEMBERED_REMOVALS, snapshots: SNAPSHOTS }
    }
}

impl Default for GlobalConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// The global control plane.
#[derive(Debug)]
pub struct GlobalNode {
    fits: Fits,
    remembered_removals: usize,
    catalog: Catalog,
    zones: BTreeMap<ZoneName, Zone>,
    /// Sessions that are open, whether they speak for their zone yet or not.
    guests: BTreeMap<Session, Guest>,
    snapshots: Snapshots,
    /// This history may not be the one that zones know: no plain Kuma zone is answered.
    unadopted: bool,
    store_failure: Option<StoreFailure>,
    deadlines: Deadlines<Wake>,
    outbox: Outbox<GlobalEffect>,
}

/// What global knows of one zone.
#[derive(Debug)]
struct Zone {
    record: ZoneRecord,
    peer: Peer,
    told: Told,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    Zone(ZoneName),
    Guest(Session),
    /// Those who wait for everything.
    Line,
}

impl Recover for GlobalNode {
    type Config = GlobalConfig;

    fn recover(config: GlobalConfig, seed: Seed, now: Now, durable: &Durable, out: &mut Out<GlobalEffect>) -> Result<Self, RecoverError> {
        let mut writes = Writes::default();
        let epoch = Epoch(seed.fork("epoch").rng().random());
        let catalog = Catalog::recover(Lane::Down, epoch, durable, &mut writes)?;
        let mut node = Self {
            fits: config.fits,
            remembered_removals: config.remembered_removals,
            catalog,
            zones: BTreeMap::new(),
            guests: BTreeMap::new(),
            snapshots: Snapshots::new(config.snapshots),
            unadopted: durable.contains_key(&records::unadopted()),
            store_failure: None,
            deadlines: Deadlines::new(),
            outbox: Outbox::new(Lane::Down),
        };
        for (name, record) in record::read_all(durable)? {
            let mut zone = Zone::new(&name, record);
            if zone.record.adopting {
                zone.peer.adopt();
            }
            for change in told::rejections(&name, Lane::Up, &BTreeMap::new(), &zone.record.rejected) {
                node.outbox.observed(change, out);
            }
            let status = zone.peer.consumed(zone.record.floor);
            node.catalog.know(&name);
            node.zones.insert(name.clone(), zone);
            node.outbox.observed(ObservationChange::Lane { zone: name, lane: Lane::Up, status }, out);
        }
        let held: Vec<_> = node.catalog.resources().cloned().collect();
        for resource in held {
            node.outbox.observed(ObservationChange::Holds(resource), out);
        }
        node.outbox.store(writes, out);
        node.outbox.observed(ObservationChange::Head(node.catalog.head()), out);
        tracing::info!(head = %node.catalog.head(), zones = node.zones.len(), at = now.mono.0, "global recovered");
        Ok(node)
    }
}

impl Node for GlobalNode {
    type Input = GlobalInput;
    type Effect = GlobalEffect;

    fn handle(&mut self, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        match step {
            Step::StoreFailed { why, .. } => self.fail(why, out),
            Step::Input(input) if self.store_failure.is_some() => self.turn_away(input, out),
            Step::Tick | Step::Stored { .. } if self.store_failure.is_some() => {}
            Step::Tick => self.wake(now.mono, out),
            Step::Stored { upto } => self.outbox.stored(upto, out),
            Step::Input(input) => self.input(now.mono, input, out),
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.deadlines.next().filter(|_| self.store_failure.is_none())
    }

    fn observe(&self) -> &Observation {
        self.outbox.observation()
    }
}

impl GlobalNode {
    fn input(&mut self, now: Mono, input: GlobalInput, out: &mut Out<GlobalEffect>) {
        match input {
            GlobalInput::Opened { session, zone, dialect } => self.opened(now, session, zone, dialect, out),
            GlobalInput::Closed { session } => self.closed(session, "the connection ended", out),
            GlobalInput::Stuck { session } => self.refuse(session, Refusal::TooSlow(super::NOT_READ.to_owned()), out),
            GlobalInput::Request(session, request) => self.request(now, session, request, out),
            GlobalInput::Response(session, response) => self.response(now, session, response, out),
            GlobalInput::Receiving(session) => self.receiving(now, session, out),
            GlobalInput::Edit { ticket, changes } => self.edit(now, ticket, changes, out),
            GlobalInput::Operate { ticket, operation } => self.operate(now, ticket, operation, out),
        }
    }

    fn wake(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        // Each once: a timer that is set to a moment that has passed is for the next step.
        let due: Vec<Wake> = std::iter::from_fn(|| self.deadlines.take_due(now)).collect();
        for wake in due {
            match wake {
                Wake::Guest(session) => self.refuse(session, Refusal::Silent, out),
                Wake::Zone(zone) => self.wake_zone(now, &zone, out),
                Wake::Line => self.take_turns(now, out),
            }
        }
    }

    fn wake_zone(&mut self, now: Mono, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        let Some(talk) = zone.peer.talk() else {
            return;
        };
        if zone.peer.is_dead(now) {
            return self.refuse(talk.session, Refusal::Silent, out);
        }
        let beat = zone.peer.beat_is_due(now);
        if beat {
            self.beat(name, talk.session, out);
        }
        self.provide(now, name, beat, out);
    }

    /// Says on both lanes where global durably stands.
    fn beat(&self, name: &ZoneName, session: Session, out: &mut Out<GlobalEffect>) {
        let observation = self.outbox.observation();
        if let Some(head) = observation.head {
            let body = ResponseBody::Beat { head };
            self.outbox.effect_now(GlobalEffect::Response(session, Response { lane: Lane::Down, body }), out);
        }
        let held = observation.peers.get(name).and_then(|peer| peer.consumed.position);
        let body = RequestBody::Beat { held };
        self.outbox.effect_now(GlobalEffect::Request(session, Request { lane: Lane::Up, body }), out);
    }

    // ---- lane down: global provides ----------------------------------------------------------

    fn request(&mut self, now: Mono, session: Session, request: Request, out: &mut Out<GlobalEffect>) {
        let Some(name) = self.speaker(now, session, &request, out) else {
            return;
        };
        if let RequestBody::SubscribeAll { hello, held, .. } = &request.body {
            self.understands(&name, &hello.features, *held, out);
        }
        let Some(zone) = self.zones.get_mut(&name) else {
            return;
        };
        let kinds = self.catalog.offered();
        match zone.peer.request(now, request.lane, request.body, &self.catalog, &|kind: &Kind| kinds.contains(kind)) {
            Err(why) => return self.refuse(session, Refusal::Protocol(why), out),
            Ok(Heard::Asked) => self.asked(&name, session, out),
            Ok(Heard::Nothing) => {}
        }
        self.provide(now, &name, false, out);
    }

    /// A Strait zone has said what it holds: it hears our history first. If what it holds is not of it, history has forked, and
    /// plain Kuma zones, which cannot tell, are no longer answered.
    fn asked(&mut self, name: &ZoneName, session: Session, out: &mut Out<GlobalEffect>) {
        let Some(zone) = self.zones.get(name) else {
            return;
        };
        if zone.peer.talk().is_none_or(|talk| talk.dialect == Dialect::Kuma) {
            return;
        }
        let forked = zone.peer.standing() == Some(crate::sync::Standing::Forked);
        self.respond(session, peer::history(self.catalog.lineage()), out);
        if forked && !self.unadopted {
            self.unadopted = true;
            let mut writes = Writes::default();
            writes.put(records::unadopted(), &true);
            self.outbox.store(writes, out);
            self.tell_waiting(out);
        }
    }

    // ---- lane up: global consumes --------------------------------------------------------------

    /// Asks a zone for what it announces.
    fn subscribe(&mut self, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let Some(zone) = self.zones.get(name) else {
            return;
        };
        let Some(talk) = zone.peer.talk() else {
            return;
        };
        let hello = Hello { zone: name.clone(), lineage: Some(self.catalog.lineage().clone()), features: super::features() };
        let hello = if talk.dialect == Dialect::Kuma { Hello { lineage: None, ..hello } } else { hello };
        let kinds: BTreeSet<Kind> =
            super::known_kinds(Kind::travels_up).chain(self.catalog.kinds().iter().filter(|kind| kind.travels_up()).cloned()).collect();
        let rejected = zone.record.rejected.keys().cloned().collect();
        let receiver = FromZone { zone: name, record: &zone.record, catalog: &self.catalog };
        for body in zone.peer.subscribe(hello, &kinds, rejected, &receiver) {
            self.outbox.effect(GlobalEffect::Request(talk.session, Request { lane: Lane::Up, body }), out);
        }
    }

    fn response(&mut self, now: Mono, session: Session, response: Response, out: &mut Out<GlobalEffect>) {
        let Some(name) = self.guests.get(&session).map(|guest| guest.zone.clone()) else {
            return;
        };
        if self.waits(&name) == Some(WaitReason::NotAdmitted) {
            // It was asked for nothing.
            return;
        }
        let Some(zone) = self.zones.get_mut(&name).filter(|zone| zone.peer.is_on(session)) else {
            return;
        };
        let receiver = FromZone { zone: &name, record: &zone.record, catalog: &self.catalog };
        let taken = zone.peer.response(now, response.lane, response.body, &receiver);
        match taken {
            Err(why) | Ok(Taken::Broken(why)) => return self.refuse(session, Refusal::Protocol(why), out),
            Ok(Taken::Ignored | Taken::Froze(_)) => {}
            Ok(Taken::SetAside(answer)) => self.answer(session, Peer::answer(answer), out),
            Ok(Taken::Apply(incoming, answer)) => {
                self.take(&name, incoming, out);
                self.answer(session, Peer::answer(answer), out);
                self.provide_all(now, out);
            }
        }
        self.tell(&name, out);
    }

    fn answer(&mut self, session: Session, body: RequestBody, out: &mut Out<GlobalEffect>) {
        self.outbox.effect(GlobalEffect::Request(session, Request { lane: Lane::Up, body }), out);
    }

    /// Writes what a zone announced into the one history, and the floor with it.
    fn take(&mut self, name: &ZoneName, incoming: Incoming, out: &mut Out<GlobalEffect>) {
        let mut writes = Writes::default();
        let settled: BTreeSet<Key> =
            incoming.put.iter().map(|resource| resource.key.clone()).chain(incoming.gone.iter().cloned()).collect();
        let is_theirs = |key: &Key| self.catalog.get(key).is_none_or(|held| !is_ours(held.origin()) && held.zone().as_ref() == Some(name));
        // Parts were judged when they came; what was written since is not theirs to overwrite, and what was refused not theirs to delete.
        let (put, taken): (Vec<_>, Vec<_>) = incoming.put.into_iter().partition(|resource| is_theirs(&resource.key));
        let gone = incoming.gone.into_iter().filter(|key| is_theirs(key));
        let wanted = put.into_iter().map(Write::Put).chain(gone.map(Write::Delete)).collect();
        self.compact(&mut writes);
        let changes = self.catalog.commit(wanted, &mut writes);
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        let before = zone.record.clone();
        (zone.record.floor, zone.record.adopting) = (incoming.floor, false);
        zone.record.rejected.retain(|key, _| !incoming.whole && !settled.contains(key));
        zone.record.rejected.extend(incoming.rejected);
        let why = "the name is taken by a resource that was written meanwhile";
        zone.record.rejected.extend(taken.into_iter().map(|resource| (resource.key.clone(), why.to_owned())));
        let rejections = told::rejections(name, Lane::Up, &before.rejected, &zone.record.rejected);
        if zone.record != before {
            writes.put(records::zone(name), &zone.record);
        }
        self.outbox.store(writes, out);
        self.publish(&changes, out);
        for change in rejections {
            self.outbox.observed(change, out);
        }
    }

    /// Forgets removals that are too many. Before a commit, so that what it removes is still told to everyone who is there.
    fn compact(&mut self, writes: &mut Writes) {
        let zones = &self.zones;
        // A Strait zone that has not spoken since this process began may hold anything; a plain Kuma zone that is away holds nothing on.
        let heard = |zone: &Zone| zone.peer.heard_upto().unwrap_or(if zone.record.store.is_some() { 0 } else { u64::MAX });
        self.catalog.compact(self.remembered_removals, &|| zones.values().map(heard).min().unwrap_or(u64::MAX), writes);
    }

    /// Makes what was committed known, once it is durable.
    fn publish(&mut self, changes: &[Write], out: &mut Out<GlobalEffect>) {
        if changes.is_empty() {
            return;
        }
        for change in changes {
            self.outbox.observed(super::as_observed(change), out);
        }
        self.outbox.observed(ObservationChange::Head(self.catalog.head()), out);
    }

    /// What is known of a zone; from now on, if it was not.
    fn zone(&mut self, name: &ZoneName) -> &mut Zone {
        self.catalog.know(name);
        self.zones.entry(name.clone()).or_insert_with(|| Zone::new(name, ZoneRecord::default()))
    }

    // ---- what may be known ---------------------------------------------------------------------

    /// Why nothing is provided to a zone although it asks.
    fn waits(&self, name: &ZoneName) -> Option<WaitReason> {
        self.waits_for_operator(name).or_else(|| self.snapshots.waits(name).then_some(WaitReason::Queued))
    }

    fn waits_for_operator(&self, name: &ZoneName) -> Option<WaitReason> {
        let zone = self.zones.get(name)?;
        match zone.peer.talk()?.dialect {
            Dialect::Strait => None,
            Dialect::Kuma if !zone.record.admitted => Some(WaitReason::NotAdmitted),
            Dialect::Kuma if self.unadopted => Some(WaitReason::NotAdopted),
            Dialect::Kuma => None,
        }
    }

    fn tell_waiting(&mut self, out: &mut Out<GlobalEffect>) {
        let names: Vec<ZoneName> = self.zones.keys().cloned().collect();
        for name in names {
            self.tell(&name, out);
        }
    }

    /// Makes known what has become different about a zone, and sets its timer.
    fn tell(&mut self, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let (why, operator) = (self.waits(name), self.waits_for_operator(name));
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        let kinds = self.catalog.offered();
        let provided = zone.peer.provided(&self.catalog, &|kind: &Kind| operator.is_none() && kinds.contains(kind));
        let consumed = zone.peer.consumed(zone.record.floor);
        // Whoever waits for an operator is offered nothing.
        self.deadlines.set(&Wake::Zone(name.clone()), zone.peer.deadline(&self.catalog).filter(|_| operator.is_none()));
        let told = zone.told.differ(name, Lane::Down, provided, consumed, why, zone.peer.refused());
        let sizes = zone.told.differ_in_size(name, zone.peer.too_large());
        for change in told.into_iter().chain(sizes) {
            self.outbox.observed(change, out);
        }
    }
}

impl GlobalNode {
    fn done(&mut self, ticket: Ticket, outcome: EditOutcome, out: &mut Out<GlobalEffect>) {
        self.outbox.effect(GlobalEffect::Done { ticket, outcome }, out);
    }

    fn edit(&mut self, now: Mono, ticket: Ticket, changes: Vec<Change>, out: &mut Out<GlobalEffect>) {
        let wanted = match edits::admit(changes, &self.catalog, self.fits) {
            Ok(wanted) => wanted,
            Err(refused) => return self.done(ticket, Err(refused), out),
        };
        self.write(wanted, &BTreeSet::new(), out);
        self.done(ticket, Ok(self.catalog.head()), out);
        self.provide_all(now, out);
    }
}

/// Whether global itself wrote this, rather than a zone.
fn is_ours(origin: Option<Origin>) -> bool {
    origin != Some(Origin::Zone)
}
