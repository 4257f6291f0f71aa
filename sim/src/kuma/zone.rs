//! Kuma's zone control plane. It believes the first response of every kind.
use super::{
    consumer::Kept,
    features, goes_down, goes_up, invalid, kinds,
    provider::Versions,
    shelf::{Shelf, Side},
    talk::Talk,
};
use crate::refusals::Refusals;
use rand::{RngExt, rngs::ChaCha8Rng, seq::SliceRandom};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use strait_core::{
    Durable, Node, Out, Recover, RecoverError, Seed, Step,
    node::{Change, EditOutcome, EditRefused, Observation, ObservationChange, SessionStatus, Ticket, ZoneConfig, ZoneEffect, ZoneInput},
    resource::{Key, Kind, Labels, Origin, Resource, ResourceName, Spec, ZoneName, labels},
    sync::{Dialect, Epoch, Hello, Lane, Position, Request, RequestBody, Response, ResponseBody, Session, clocks},
    time::{Mono, Now},
};

/// Kuma's zone control plane.
#[derive(Debug)]
pub struct KumaZone {
    zone: ZoneName,
    shelf: Shelf<ZoneEffect>,
    provided: Vec<Kind>,
    consumed: Vec<Kind>,
    link: Link,
    /// Runs that failed since one lasted long enough.
    failures: u32,
    rng: ChaCha8Rng,
    refusals: Refusals,
    /// Only numbers the answers to edits: Kuma keeps no history.
    position: Position,
    /// In which kinds are sent.
    order: u64,
}

#[derive(Debug)]
enum Link {
    Waiting { until: Mono },
    Dialing,
    Open { session: Session, since: Mono, talk: Box<Talk> },
}

impl Recover for KumaZone {
    type Config = ZoneConfig;

    fn recover(config: ZoneConfig, seed: Seed, now: Now, durable: &Durable, out: &mut Out<ZoneEffect>) -> Result<Self, RecoverError> {
        let mut rng = seed.fork("kuma zone").rng();
        let mut consumed = kinds(goes_down);
        // Kuma walks a map of the language it is written in, so the order differs from start to start.
        consumed.shuffle(&mut rng);
        let mut node = Self {
            shelf: Shelf::open(Side::Zone(config.zone.clone()), durable, out)?,
            zone: config.zone,
            provided: kinds(goes_up),
            consumed,
            link: Link::Waiting { until: now.mono },
            failures: 0,
            position: Position { epoch: Epoch(rng.random()), seq: 0 },
            order: rng.random(),
            rng,
            refusals: Refusals::default(),
        };
        let missing = |made: &Resource| node.shelf.get(&made.key).is_none();
        let put = made_by_itself().into_iter().map(|made| node.labelled(made)).filter(missing).map(Arc::new).collect();
        node.shelf.write(put, Vec::new(), out);
        Ok(node)
    }
}

impl Node for KumaZone {
    type Input = ZoneInput;
    type Effect = ZoneEffect;

    fn handle(&mut self, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let now = now.mono;
        match step {
            Step::Tick => self.wake(now, out),
            Step::Stored { upto } => self.shelf.stored(upto, out),
            Step::StoreFailed { .. } => {}
            Step::Input(ZoneInput::Dialed(Ok((session, dialect)))) => self.connected(now, session, dialect, out),
            Step::Input(ZoneInput::Dialed(Err(why))) => {
                self.shelf.say(ObservationChange::Ended { zone: self.zone.clone(), why: why.to_string() }, out);
                self.back_off(now);
            }
            Step::Input(ZoneInput::Closed { session, why }) => {
                let why = why.map_or_else(|| "the connection ended".to_owned(), |why| why.to_string());
                self.ended(now, session, &why, out);
            }
            // Kuma waits until the peer reads.
            Step::Input(ZoneInput::Stuck { .. }) => {}
            Step::Input(ZoneInput::Request(session, request)) => self.request(now, session, request, out),
            Step::Input(ZoneInput::Response(session, response)) => self.response(now, session, response, out),
            // Kuma goes by its pings alone.
            // It serves no proxies.
            Step::Input(
                ZoneInput::Receiving(_)
                | ZoneInput::Proxy(..)
                | ZoneInput::Issued(_)
                | ZoneInput::Kubernetes(_)
                | ZoneInput::KubernetesAnswered(_),
            ) => {}
            Step::Input(ZoneInput::Edit { ticket, changes }) => self.edit(now, ticket, changes, out),
            Step::Input(ZoneInput::Operate { ticket, .. }) => self.done(ticket, Ok(self.position), out),
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        match &self.link {
            Link::Waiting { until } => Some((*until, "dial global")),
            Link::Dialing => None,
            Link::Open { talk, .. } => talk.look_at().map(|at| (at, "look for changes")),
        }
    }

    fn observe(&self) -> &Observation {
        self.shelf.observation()
    }
}

impl KumaZone {
    /// The same, and its validators refuse this beside what is wrong for everybody.
    pub(crate) fn refusing(self, refusals: Refusals) -> Self {
        Self { refusals, ..self }
    }

    fn wake(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        match &mut self.link {
            Link::Waiting { until } if *until <= now => {
                self.link = Link::Dialing;
                self.shelf.then(ZoneEffect::Dial { attempt: self.failures + 1 }, out);
            }
            Link::Open { talk, .. } => {
                talk.wake(now, &self.provided, &|kind| listed(&self.shelf, kind));
                self.provide(now, out);
            }
            Link::Waiting { .. } | Link::Dialing => {}
        }
    }

    // ---- the session -----------------------------------------------------------------------------

    fn connected(&mut self, now: Mono, session: Session, dialect: Dialect, out: &mut Out<ZoneEffect>) {
        self.link = Link::Open { session, since: now, talk: Box::new(Talk::in_order(self.order)) };
        self.shelf.say(ObservationChange::Opened { zone: self.zone.clone(), status: SessionStatus { session, dialect } }, out);
        let mut features = features();
        self.refusals.understood(&mut features);
        let hello = Hello { zone: self.zone.clone(), lineage: None, features };
        for kind in &self.consumed {
            let body = RequestBody::Subscribe { kind: kind.clone(), hello: hello.clone() };
            self.shelf.then(ZoneEffect::Request(session, Request { lane: Lane::Down, body }), out);
        }
    }

    fn talk(&mut self, on: Session) -> Option<&mut Talk> {
        match &mut self.link {
            Link::Open { session, talk, .. } if *session == on => Some(talk),
            _ => None,
        }
    }

    fn ended(&mut self, now: Mono, on: Session, why: &str, out: &mut Out<ZoneEffect>) {
        if self.talk(on).is_none() {
            return;
        }
        let link = std::mem::replace(&mut self.link, Link::Dialing);
        if let Link::Open { since, talk, .. } = link {
            if now.since(since) > clocks::KUMA_USEFUL_AFTER {
                self.failures = 0;
            }
            self.shelf.say(ObservationChange::Ended { zone: self.zone.clone(), why: why.to_owned() }, out);
            self.shelf.say(ObservationChange::Lane { zone: self.zone.clone(), lane: Lane::Up, status: talk.farewell() }, out);
        }
        self.back_off(now);
    }

    fn break_off(&mut self, now: Mono, session: Session, why: &str, out: &mut Out<ZoneEffect>) {
        self.ended(now, session, why, out);
        self.shelf.then(ZoneEffect::Hangup { session }, out);
    }

    /// Doubling from five seconds to a minute, give or take five seconds.
    fn back_off(&mut self, now: Mono) {
        let base = clocks::KUMA_BACKOFF_BASE.saturating_mul(1 << self.failures.min(8)).min(clocks::KUMA_BACKOFF_CAP);
        let jitter = self.rng.random_range(0..=2 * clocks::KUMA_BACKOFF_JITTER.as_millis() as u64);
        let wait = (base + Duration::from_millis(jitter)).saturating_sub(clocks::KUMA_BACKOFF_JITTER);
        self.failures += 1;
        self.link = Link::Waiting { until: now.after(wait) };
    }

    // ---- lane up: provides ---------------------------------------------------------------------------

    fn request(&mut self, now: Mono, on: Session, request: Request, out: &mut Out<ZoneEffect>) {
        let Link::Open { session, talk, .. } = &mut self.link else {
            return;
        };
        if *session != on {
            return;
        }
        match (request.lane, request.body) {
            (Lane::Up, RequestBody::Subscribe { kind, .. }) => {
                talk.subscribe(now, kind, &self.provided, &|kind| listed(&self.shelf, kind));
            }
            (Lane::Up, RequestBody::Ack { kind, .. } | RequestBody::Nack { kind, .. }) => talk.provider.answered(&kind),
            _ => return self.break_off(now, on, "not a request of Kuma's dialect", out),
        }
        self.provide(now, out);
    }

    fn provide(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let Link::Open { session, talk, .. } = &mut self.link else {
            return;
        };
        for body in talk.provider.pump() {
            self.shelf.then(ZoneEffect::Response(*session, Response { lane: Lane::Up, body }), out);
        }
        if let Some(status) = talk.news(now) {
            self.shelf.say(ObservationChange::Lane { zone: self.zone.clone(), lane: Lane::Up, status }, out);
        }
    }

    fn touched(&mut self, now: Mono, kinds: &BTreeSet<Kind>, out: &mut Out<ZoneEffect>) {
        if let Link::Open { talk, .. } = &mut self.link {
            talk.touch(now, kinds, &self.provided);
        }
        self.provide(now, out);
    }

    // ---- lane down: consumes -----------------------------------------------------------------------------

    fn response(&mut self, now: Mono, on: Session, response: Response, out: &mut Out<ZoneEffect>) {
        let Link::Open { session, talk, .. } = &mut self.link else {
            return;
        };
        if *session != on {
            return;
        }
        let (Lane::Down, ResponseBody::Resources { kind, nonce, put, gone, .. }) = (response.lane, response.body) else {
            return self.break_off(now, on, "not a response of Kuma's dialect", out);
        };
        if !self.consumed.contains(&kind) {
            return;
        }
        let held = self.shelf.of_kind(&kind).map(|resource| (&resource.key, resource)).collect();
        let taken =
            talk.consumer.take(kind, nonce, put, gone, &Kept { held, belongs: &is_globals, refusals: &self.refusals, own_status: true });
        match taken {
            Err(why) => self.break_off(now, on, &why, out),
            Ok(taken) => {
                let affected = taken.gone.iter().cloned().chain(taken.put.iter().map(|resource| resource.key.clone())).collect();
                let kinds = self.shelf.write(taken.put, taken.gone, out);
                if !kinds.is_empty() {
                    self.shelf.then(ZoneEffect::Published { affected }, out);
                }
                self.shelf.then(ZoneEffect::Request(on, Request { lane: Lane::Down, body: taken.answer }), out);
                self.touched(now, &kinds, out);
            }
        }
    }

    // ---- users -----------------------------------------------------------------------------------------

    fn edit(&mut self, now: Mono, ticket: Ticket, changes: Vec<Change>, out: &mut Out<ZoneEffect>) {
        let foreign = |key: &Key| self.shelf.get(key).is_some_and(|held| held.origin() == Some(Origin::Global));
        if let Some(key) = changes.iter().map(Change::key).find(|key| foreign(key)) {
            return self.done(ticket, Err(EditRefused::NotOwner { key: key.clone(), owner: "on global".to_owned() }), out);
        }
        if let Some(refused) = invalid::refused(&changes, &self.refusals) {
            return self.done(ticket, Err(refused), out);
        }
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        let affected = changes.iter().map(|change| change.key().clone()).collect();
        for change in changes {
            match change {
                Change::Put(resource) => put.push(Arc::new(self.labelled(resource))),
                Change::Delete(key) => gone.push(key),
            }
        }
        let kinds = self.shelf.write(put, gone, out);
        if !kinds.is_empty() {
            self.shelf.then(ZoneEffect::Published { affected }, out);
        }
        self.position.seq += 1;
        self.done(ticket, Ok(self.position), out);
        self.touched(now, &kinds, out);
    }

    /// What Kuma adds to a resource that is created in a zone.
    fn labelled(&self, mut resource: Resource) -> Resource {
        let mesh = resource.mesh().map(|mesh| (labels::MESH, mesh.to_string()));
        let provided = resource.kind().facts().is_some_and(|facts| facts.up);
        let of_zone = [(labels::ORIGIN, "zone".to_owned()), (labels::ZONE, self.zone.to_string()), (labels::ENV, "universal".to_owned())];
        for (label, value) in mesh.into_iter().chain(of_zone.into_iter().filter(|_| provided)) {
            resource.labels.insert(label.to_owned(), value);
        }
        resource
    }

    fn done(&mut self, ticket: Ticket, outcome: EditOutcome, out: &mut Out<ZoneEffect>) {
        self.shelf.then(ZoneEffect::Done { ticket, outcome }, out);
    }
}

/// What a Kuma zone makes at its first start. So it always has something to announce, and global hears of every deletion: a
/// provider with nothing at all would answer nobody.
fn made_by_itself() -> Vec<Resource> {
    let generators = [
        ("local-mesh-external-service", json!({"meshExternalService": {"matchLabels": {"kuma.io/origin": "zone"}}}), "extsvc"),
        (
            "local-universal-mesh-service",
            json!({"meshService": {"matchLabels": {"kuma.io/origin": "zone", "kuma.io/env": "universal"}}}),
            "svc",
        ),
    ];
    let made = generators.into_iter().map(|(name, selector, domain)| {
        let key = Key { kind: Kind::new("HostnameGenerator").ok()?, mesh: None, name: ResourceName::new(name).ok()? };
        let spec = json!({"selector": selector, "template": format!("{{{{ .DisplayName }}}}.{domain}.mesh.local")});
        Some(Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None })
    });
    made.flatten().collect()
}

/// What global may change and delete here: everything of a kind that zones do not write, else what says that it is global's.
fn is_globals(resource: &Resource) -> bool {
    resource.kind().facts().is_some_and(|facts| !facts.up) || resource.origin() == Some(Origin::Global)
}

/// What global is sent of a kind.
fn listed(shelf: &Shelf<ZoneEffect>, kind: &Kind) -> Versions {
    shelf.sendable(kind).map(|(_, sent)| (sent.key.clone(), Arc::clone(sent))).collect()
}
