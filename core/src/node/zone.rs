//! A zone control plane: takes policies from global, and announces what its zone has.
//!
//! Two stores of resources stand side by side: its own, with a history of its own, and copies of global's. It serves from both,
//! also while global is away.
mod certificates;
mod cluster;
mod config;
mod edits;
mod entrances;
mod failing;
mod fixed;
mod generated;
mod identities;
mod insights;
mod link;
mod listening;
mod proxies;
mod replica;
mod rotations;
mod services;

use super::{
    Change, EditOutcome, EditRefused, Fits, FreezeReason, Observation, ObservationChange, Operation, SessionStatus, Ticket, ZoneEffect,
    ZoneInput,
    outbox::Outbox,
    told::{self, Told},
};
use crate::{
    kubernetes::Place,
    machine::{Durable, Node, Out, Recover, RecoverError, Step, StoreFailure},
    records::Writes,
    resource::{Key, Kind, ZoneName},
    seed::Seed,
    sync::{
        Dialect, Epoch, Hello, Lane, Request, RequestBody, Response, ResponseBody, Session,
        catalog::{Catalog, Write},
        consumer::{Incoming, Taken, Trust},
        filter::Audience,
        peer::{self, Heard, Peer},
    },
    time::{Mono, Now, Wall},
    vip::Claims,
};
use certificates::Certificates;
use cluster::Cluster;
pub use config::{Environment, ZoneConfig};
pub(crate) use edits::own;
pub(crate) use entrances::zone_addresses;
use generated::Generated;
pub use generated::SERVICES_STAY_FOR;
pub(crate) use generated::services_of;
pub(crate) use identities::served_by;
use insights::Insights;
use link::Link;
pub use proxies::DEREGISTERED_AFTER;
use proxies::Proxies;
use rand::RngExt;
use replica::{FromGlobal, Replica};
use services::Services;
use std::collections::BTreeSet;

/// A zone control plane.
#[derive(Debug)]
pub struct ZoneNode {
    zone: ZoneName,
    fits: Fits,
    remembered_removals: usize,
    catalog: Catalog,
    replica: Replica,
    services: Services,
    proxies: Proxies,
    certificates: Certificates,
    generated: Generated,
    cluster: Cluster,
    insights: Insights,
    /// The time of day, at the last step.
    wall: Wall,
    /// When that was.
    stepped: Mono,
    peer: Peer,
    link: Link,
    told: Told,
    store_failure: Option<StoreFailure>,
    outbox: Outbox<ZoneEffect>,
}

impl Recover for ZoneNode {
    type Config = ZoneConfig;

    fn recover(config: ZoneConfig, seed: Seed, now: Now, durable: &Durable, out: &mut Out<ZoneEffect>) -> Result<Self, RecoverError> {
        let mut writes = Writes::default();
        let epoch = Epoch(seed.fork("epoch").rng().random());
        let catalog = Catalog::recover(Lane::Up, epoch, durable, &mut writes)?;
        let replica = Replica::recover(durable)?;
        let held = catalog.resources().chain(replica.resources());
        let claims = if config.environment == Environment::Kubernetes { Claims::InCluster } else { Claims::InStore };
        let (services, addressed) = Services::recover(&config.zone, (config.vips, claims), durable, held, now.mono, &mut writes)?;
        let insights = Insights::recover(&config.zone, epoch, seed.fork("insights").rng(), &catalog, now.mono);
        let first_ask = seed.fork("asks of Kubernetes").rng().random();
        let place = Place { zone: config.zone.clone(), system_namespace: config.system_namespace };
        let asks = (first_ask, Epoch(seed.fork("epoch of another history").rng().random()));
        let mesh = Kind::mesh();
        let cluster = Cluster::recover((place, config.environment), asks, (durable, now.mono), replica.of_kind(&mesh))?;
        cluster.begin(&mut writes);
        let mut node = Self {
            cluster,
            zone: config.zone,
            fits: config.fits,
            remembered_removals: config.remembered_removals,
            generated: Generated::of(config.services_stay_for, &catalog, &replica),
            insights,
            wall: now.wall,
            stepped: now.mono,
            catalog,
            replica,
            services,
            proxies: Proxies::recover(durable, now.mono)?,
            certificates: Certificates::recover(durable, seed.fork("certificates").rng(), now.mono)?,
            peer: Peer::new(Lane::Up, Audience::Global, Trust::Guarded),
            link: Link::new(seed.fork("backoff").rng(), now.mono),
            told: Told::default(),
            store_failure: None,
            outbox: Outbox::new(Lane::Up),
        };
        node.copy_all();
        let held: Vec<_> = node.catalog.resources().chain(node.replica.resources()).cloned().collect();
        for resource in held {
            node.outbox.observed(ObservationChange::Holds(resource), out);
        }
        for change in told::rejections(&node.zone, Lane::Down, &Default::default(), node.replica.rejected()) {
            node.outbox.observed(change, out);
        }
        node.show_rotations(out);
        node.tell(out);
        node.outbox.store(writes, out);
        for change in addressed {
            node.outbox.observed(change, out);
        }
        node.outbox.observed(ObservationChange::Head(node.catalog.head()), out);
        tracing::info!(zone = %node.zone, head = %node.catalog.head(), "zone recovered");
        Ok(node)
    }
}

impl Node for ZoneNode {
    type Input = ZoneInput;
    type Effect = ZoneEffect;

    fn handle(&mut self, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if certificates::has_jumped(Now { mono: self.stepped, wall: self.wall }, now) {
            tracing::warn!("the clock of this machine has jumped: certificates are renewed");
            self.certificates.renew_all(now.mono);
        }
        (self.stepped, self.wall) = (now.mono, now.wall);
        match step {
            Step::StoreFailed { why, .. } => self.fail(now.mono, why, out),
            Step::Input(input) if self.store_failure.is_some() => self.refuse(input, out),
            Step::Tick | Step::Stored { .. } if self.store_failure.is_some() => {}
            Step::Tick => self.wake(now.mono, out),
            Step::Stored { upto } => {
                self.outbox.stored(upto, out);
                if self.outbox.holds_nothing() {
                    self.services.seen(now.mono);
                }
            }
            Step::Input(input) => self.input(now.mono, input, out),
        }
        if self.store_failure.is_none() {
            self.rotate(now.mono, out);
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        if self.store_failure.is_some() {
            return None;
        }
        let redial = self.dials_at().map(|at| (at, "dial global"));
        let rested = self.services.deadline().map(|at| (at, "give an address that has rested"));
        redial
            .into_iter()
            .chain(self.peer.deadline(&self.catalog))
            .chain(rested)
            .chain(self.proxies.deadline())
            .chain(self.certificates.deadline(self.stepped))
            .chain(self.generated.deadline())
            .chain(self.cluster.deadline())
            .chain(self.insights.deadline())
            .min_by_key(|(at, _)| *at)
    }

    fn observe(&self) -> &Observation {
        self.outbox.observation()
    }
}

impl ZoneNode {
    fn input(&mut self, now: Mono, input: ZoneInput, out: &mut Out<ZoneEffect>) {
        match input {
            ZoneInput::Dialed(Ok((session, dialect))) => self.connected(now, session, dialect, out),
            ZoneInput::Dialed(Err(why)) => {
                self.link.failed(now);
                self.outbox.observed(ObservationChange::Ended { zone: self.zone.clone(), why: why.to_string() }, out);
            }
            ZoneInput::Closed { session, why } => {
                let why = why.map_or_else(|| "the connection ended".to_owned(), |why| why.to_string());
                self.ended(now, session, &why, out);
            }
            ZoneInput::Stuck { session } if self.peer.is_on(session) => {
                self.hang_up(now, session, &format!("too-slow: {}", super::NOT_READ), out);
            }
            ZoneInput::Stuck { .. } => {}
            ZoneInput::Request(session, request) => self.request(now, session, request, out),
            ZoneInput::Response(session, response) => self.response(now, session, response, out),
            ZoneInput::Receiving(session) if self.peer.is_on(session) => self.peer.receiving(now),
            ZoneInput::Receiving(_) => {}
            ZoneInput::Proxy(session, said) => self.hear_proxy(now, session, said, out),
            ZoneInput::Issued(issued) => self.issued(now, issued, out),
            ZoneInput::Kubernetes(news) => self.hear_cluster(now, news, out),
            ZoneInput::KubernetesAnswered(answered) => self.kubernetes_answered(now, answered, out),
            ZoneInput::Edit { ticket, changes } => self.edit(now, ticket, changes, out),
            ZoneInput::Operate { ticket, operation } => self.operate(now, ticket, &operation, out),
        }
    }

    fn wake(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        if self.services.deadline().is_some_and(|at| at <= now) {
            let mut writes = Writes::default();
            let addressed = self.services.wake(now, &mut writes);
            self.outbox.store(writes, out);
            for change in addressed.iter().cloned() {
                self.outbox.observed(change, out);
            }
            self.plan(now, &[], &addressed, out);
        }
        self.forget_proxies(now, out);
        self.issue(now, out);
        self.generate(now, &[], out);
        self.write_insights(now, out);
        self.settle_cluster(now, out);
        self.write_objects(now, out);
        if let Some(attempt) = self.dials_at().filter(|at| *at <= now).and_then(|_| self.link.dial(now)) {
            self.outbox.effect_now(ZoneEffect::Dial { attempt }, out);
        }
        let Some(talk) = self.peer.talk() else {
            return;
        };
        if self.peer.is_dead(now) {
            return self.hang_up(now, talk.session, "silent: nothing was heard for too long", out);
        }
        let beat = self.peer.beat_is_due(now);
        if beat {
            self.beat(talk.session, out);
        }
        self.provide(now, beat, out);
    }

    /// When global is called, if it is to be.
    fn dials_at(&self) -> Option<Mono> {
        self.link.dial_at().map(|at| self.cluster.joins_at().map_or(at, |then| at.max(then)))
    }

    // ---- the session ---------------------------------------------------------------------------

    fn connected(&mut self, now: Mono, session: Session, dialect: Dialect, out: &mut Out<ZoneEffect>) {
        self.link.open(dialect);
        self.peer.begin(now, session, dialect, self.catalog.lineage().newest_epoch());
        let status = SessionStatus { session, dialect };
        self.outbox.observed(ObservationChange::Opened { zone: self.zone.clone(), status }, out);
        self.subscribe(session, dialect, out);
        self.tell(out);
    }

    fn ended(&mut self, now: Mono, session: Session, why: &str, out: &mut Out<ZoneEffect>) {
        let Some(talk) = self.peer.talk().filter(|talk| talk.session == session) else {
            return;
        };
        self.link.ended(now, talk.was_useful(now));
        self.peer.end();
        self.outbox.observed(ObservationChange::Ended { zone: self.zone.clone(), why: why.to_owned() }, out);
        self.tell(out);
    }

    fn hang_up(&mut self, now: Mono, session: Session, why: &str, out: &mut Out<ZoneEffect>) {
        tracing::info!(%session, why, "hanging up");
        self.ended(now, session, why, out);
        self.outbox.effect_now(ZoneEffect::Hangup { session }, out);
    }

    /// Says on both lanes where this zone durably stands.
    fn beat(&self, session: Session, out: &mut Out<ZoneEffect>) {
        let observation = self.outbox.observation();
        if let Some(head) = observation.head {
            let body = ResponseBody::Beat { head };
            self.outbox.effect_now(ZoneEffect::Response(session, Response { lane: Lane::Up, body }), out);
        }
        let held = observation.peers.get(&self.zone).and_then(|peer| peer.consumed.position);
        let body = RequestBody::Beat { held };
        self.outbox.effect_now(ZoneEffect::Request(session, Request { lane: Lane::Down, body }), out);
    }

    // ---- lane down: the zone consumes ------------------------------------------------------------

    fn subscribe(&mut self, session: Session, dialect: Dialect, out: &mut Out<ZoneEffect>) {
        let lineage = (dialect == Dialect::Strait).then(|| self.catalog.lineage().clone());
        let hello = Hello { zone: self.zone.clone(), lineage, features: super::features() };
        let kinds: BTreeSet<Kind> = super::known_kinds(Kind::travels_down).chain(self.replica.kinds().cloned()).collect();
        let rejected = self.replica.rejected().keys().cloned().collect();
        let receiver = FromGlobal { replica: &self.replica, own: &self.catalog };
        for body in self.peer.subscribe(hello, &kinds, rejected, &receiver) {
            self.outbox.effect(ZoneEffect::Request(session, Request { lane: Lane::Down, body }), out);
        }
    }

    fn response(&mut self, now: Mono, session: Session, response: Response, out: &mut Out<ZoneEffect>) {
        if !self.peer.is_on(session) {
            return;
        }
        let receiver = FromGlobal { replica: &self.replica, own: &self.catalog };
        let taken = self.peer.response(now, response.lane, response.body, &receiver);
        match taken {
            Err(why) | Ok(Taken::Broken(why)) => return self.hang_up(now, session, &format!("protocol: {why}"), out),
            Ok(Taken::Ignored) => {}
            Ok(Taken::Froze(reason)) => self.froze(reason),
            Ok(Taken::SetAside(answer)) => self.answer(session, Peer::answer(answer), out),
            Ok(Taken::Apply(incoming, answer)) => {
                self.take(now, incoming, out);
                self.answer(session, Peer::answer(answer), out);
            }
        }
        self.tell(out);
    }

    fn froze(&self, reason: FreezeReason) {
        tracing::warn!(zone = %self.zone, %reason, "frozen: global's history is not the one that is held; an operator decides");
    }

    fn answer(&mut self, session: Session, body: RequestBody, out: &mut Out<ZoneEffect>) {
        self.outbox.effect(ZoneEffect::Request(session, Request { lane: Lane::Down, body }), out);
    }

    /// Makes what global said ours, in one batch with the floor.
    fn take(&mut self, now: Mono, mut incoming: Incoming, out: &mut Out<ZoneEffect>) {
        let mut writes = Writes::default();
        // Parts were judged when they came; a user may have taken a name since.
        let (put, taken): (Vec<_>, Vec<_>) = incoming.put.into_iter().partition(|resource| self.catalog.get(&resource.key).is_none());
        incoming.put = put;
        let why = "the name is taken by a resource of this zone";
        incoming.rejected.extend(taken.into_iter().map(|resource| (resource.key.clone(), why.to_owned())));
        let rejected_before = self.replica.rejected().clone();
        let changes = self.replica.apply(incoming, &mut writes);
        let addressed = self.services.change(now, &changes, &mut writes);
        self.outbox.store(writes, out);
        self.publish(now, &changes, &addressed, out);
        for change in told::rejections(&self.zone, Lane::Down, &rejected_before, self.replica.rejected()) {
            self.outbox.observed(change, out);
        }
        self.look_whether_all_is_here(now, out);
        self.cluster.look_at_orphans();
        self.write_objects(now, out);
    }

    fn publish(&mut self, now: Mono, changes: &[Write], addressed: &[ObservationChange], out: &mut Out<ZoneEffect>) {
        if changes.is_empty() {
            return;
        }
        for change in changes.iter().map(super::as_observed).chain(addressed.iter().cloned()) {
            self.outbox.observed(change, out);
        }
        let affected: BTreeSet<Key> = changes.iter().map(|change| change.key().clone()).collect();
        self.outbox.effect(ZoneEffect::Published { affected }, out);
        self.plan(now, changes, addressed, out);
        self.generate(now, changes, out);
        self.hear_writes(now, changes, out);
        self.let_in(now, changes, out);
        self.forget_insights(now, changes, out);
    }

    // ---- lane up: the zone provides ----------------------------------------------------------------

    fn request(&mut self, now: Mono, session: Session, request: Request, out: &mut Out<ZoneEffect>) {
        if !self.peer.is_on(session) {
            return;
        }
        match self.peer.request(now, request.lane, request.body, &self.catalog, &|_| true) {
            Err(why) => return self.hang_up(now, session, &format!("protocol: {why}"), out),
            Ok(Heard::Asked) if self.peer.talk().is_some_and(|talk| talk.dialect == Dialect::Strait) => {
                self.respond(session, peer::history(self.catalog.lineage()), out);
            }
            Ok(Heard::Asked | Heard::Nothing) => {}
        }
        self.provide(now, false, out);
    }

    fn provide(&mut self, now: Mono, even_nothing: bool, out: &mut Out<ZoneEffect>) {
        if let Some(talk) = self.peer.talk().filter(|_| self.peer.is_too_slow(&self.catalog)) {
            return self.hang_up(now, talk.session, &format!("too-slow: {}", super::TOLD_TOO_LATE), out);
        }
        if let Some(talk) = self.peer.talk() {
            for body in self.peer.pump(now, &self.catalog, &|_| true, even_nothing, self.cluster.may_tell_all()) {
                self.respond(talk.session, body, out);
            }
        }
        self.tell(out);
    }

    fn respond(&mut self, session: Session, body: ResponseBody, out: &mut Out<ZoneEffect>) {
        self.outbox.effect(ZoneEffect::Response(session, Response { lane: Lane::Up, body }), out);
    }

    // ---- users and operators -------------------------------------------------------------------------

    fn done(&mut self, ticket: Ticket, outcome: EditOutcome, out: &mut Out<ZoneEffect>) {
        self.outbox.effect(ZoneEffect::Done { ticket, outcome }, out);
    }

    fn edit(&mut self, now: Mono, ticket: Ticket, changes: Vec<Change>, out: &mut Out<ZoneEffect>) {
        let proxies: Vec<Key> = changes
            .iter()
            .map(Change::key)
            .filter(|key| key.kind == Kind::dataplane() || key.kind == Kind::zone_ingress())
            .cloned()
            .collect();
        let outcome = self.may_write(&changes).and_then(|()| self.write(now, changes, out));
        if outcome.is_ok() {
            self.disown(&proxies, out);
        }
        self.done(ticket, outcome, out);
        self.provide(now, false, out);
    }

    /// Writes these changes, all or none.
    fn write(&mut self, now: Mono, changes: Vec<Change>, out: &mut Out<ZoneEffect>) -> EditOutcome {
        self.write_beside(now, changes, Writes::default(), out)
    }

    /// The same, in one batch with other records.
    fn write_beside(&mut self, now: Mono, changes: Vec<Change>, mut writes: Writes, out: &mut Out<ZoneEffect>) -> EditOutcome {
        let wanted = edits::admit(changes, &self.zone, &self.catalog, &self.replica, self.fits)?;
        let peer = &self.peer;
        self.catalog.compact(self.remembered_removals, &|| peer.heard_upto().unwrap_or(0), &mut writes);
        let changes = self.catalog.commit(wanted, &mut writes);
        let addressed = self.services.change(now, &changes, &mut writes);
        self.outbox.store(writes, out);
        self.publish(now, &changes, &addressed, out);
        if !changes.is_empty() {
            self.outbox.observed(ObservationChange::Head(self.catalog.head()), out);
        }
        Ok(self.catalog.head())
    }

    fn operate(&mut self, now: Mono, ticket: Ticket, operation: &Operation, out: &mut Out<ZoneEffect>) {
        match operation {
            Operation::Adopt => self.adopt(now, ticket, out),
            Operation::Rotate { mesh, identity, overlap_seconds } => {
                let outcome = self.begin_rotation(now, mesh, identity.as_ref(), *overlap_seconds, out);
                self.done(ticket, outcome, out);
            }
            _ => self.done(ticket, Err(EditRefused::Operation(format!("`{operation}` is for a global control plane"))), out),
        }
    }

    /// What global says is the truth, although this zone froze.
    fn adopt(&mut self, now: Mono, ticket: Ticket, out: &mut Out<ZoneEffect>) {
        if self.cluster.is_frozen() {
            self.adopt_cluster(now, out);
        }
        if !self.peer.is_frozen() {
            // Nothing waits for this. Kept in mind, it would hold for what nobody has seen yet.
            return self.done(ticket, Ok(self.catalog.head()), out);
        }
        self.peer.adopt();
        match self.peer.talk() {
            Some(talk) if talk.dialect == Dialect::Strait => self.subscribe(talk.session, talk.dialect, out),
            // A plain Kuma says everything again in a new session only.
            Some(talk) => self.hang_up(now, talk.session, "an operator adopted: asking for everything again", out),
            None => {}
        }
        self.tell(out);
        self.done(ticket, Ok(self.catalog.head()), out);
    }

    // ---- what may be known -----------------------------------------------------------------------------

    fn tell(&mut self, out: &mut Out<ZoneEffect>) {
        let provided = self.peer.provided(&self.catalog, &|_| true);
        let consumed = self.peer.consumed(self.replica.floor());
        let told = self.told.differ(&self.zone, Lane::Up, provided, consumed, None, self.peer.refused());
        let sizes = self.told.differ_in_size(&self.zone, self.peer.too_large());
        for change in told.into_iter().chain(sizes) {
            self.outbox.observed(change, out);
        }
    }
}
