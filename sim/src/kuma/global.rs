//! Kuma's global control plane. It trusts its database: if that is empty, so is soon every zone.
use super::{
    consumer::Kept,
    features, filter, goes_down, goes_up, invalid, kinds,
    provider::Versions,
    shelf::{Shelf, Side},
    talk::Talk,
    zones,
};
use crate::refusals::Refusals;
use rand::{RngExt, seq::SliceRandom};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Durable, Node, Out, Recover, RecoverError, Seed, Step,
    node::{
        Change, EditOutcome, EditRefused, GlobalConfig, GlobalEffect, GlobalInput, Observation, ObservationChange, Refusal, SessionStatus,
        Ticket,
    },
    resource::{Key, Kind, Labels, Origin, Resource, ResourceName, Spec, ZoneName, labels},
    sync::{Dialect, Epoch, Hello, Lane, Position, Request, RequestBody, Response, ResponseBody, Session},
    time::{Mono, Now},
};

/// Kuma's global control plane.
#[derive(Debug)]
pub struct KumaGlobal {
    shelf: Shelf<GlobalEffect>,
    provided: Vec<Kind>,
    consumed: Vec<Kind>,
    guests: BTreeMap<Session, Guest>,
    wakes: BTreeSet<(Mono, Session)>,
    refusals: Refusals,
    /// Zones whose `Zone` was deleted under an open stream: what they create next has no owner.
    orphans: BTreeSet<ZoneName>,
    /// Only numbers the answers to edits: Kuma keeps no history.
    position: Position,
    /// In which kinds are sent.
    order: u64,
}

#[derive(Debug)]
struct Guest {
    zone: ZoneName,
    dialect: Dialect,
    features: BTreeSet<String>,
    talk: Talk,
}

impl Recover for KumaGlobal {
    type Config = GlobalConfig;

    fn recover(_config: GlobalConfig, seed: Seed, _now: Now, durable: &Durable, out: &mut Out<GlobalEffect>) -> Result<Self, RecoverError> {
        let mut rng = seed.fork("kuma global").rng();
        let mut consumed = kinds(goes_up);
        // Kuma walks a map of the language it is written in, so the order differs from start to start.
        consumed.shuffle(&mut rng);
        let mut global = Self {
            shelf: Shelf::open(Side::Global, durable, out)?,
            provided: kinds(goes_down),
            consumed,
            guests: BTreeMap::new(),
            wakes: BTreeSet::new(),
            refusals: Refusals::default(),
            orphans: BTreeSet::new(),
            position: Position { epoch: Epoch(rng.random()), seq: 0 },
            order: rng.random(),
        };
        if let Some(id) = cluster_id(rng.random()).filter(|id| global.shelf.get(&id.key).is_none()) {
            global.shelf.write(vec![Arc::new(id)], Vec::new(), out);
        }
        Ok(global)
    }
}

impl Node for KumaGlobal {
    type Input = GlobalInput;
    type Effect = GlobalEffect;

    fn handle(&mut self, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let now = now.mono;
        match step {
            Step::Tick => self.wake(now, out),
            Step::Stored { upto } => self.shelf.stored(upto, out),
            Step::StoreFailed { .. } => {}
            Step::Input(GlobalInput::Opened { session, zone, dialect }) => self.opened(session, zone, dialect, out),
            Step::Input(GlobalInput::Closed { session }) => self.closed(session, "the connection ended", out),
            // Kuma waits until the peer reads.
            Step::Input(GlobalInput::Stuck { .. }) => {}
            Step::Input(GlobalInput::Request(session, request)) => self.request(now, session, request, out),
            Step::Input(GlobalInput::Response(session, response)) => self.response(now, session, response, out),
            // Kuma goes by its pings alone.
            Step::Input(GlobalInput::Receiving(_)) => {}
            Step::Input(GlobalInput::Edit { ticket, changes }) => self.edit(now, ticket, changes, out),
            Step::Input(GlobalInput::Operate { ticket, operation }) => match zones::edit_of(&operation, &self.shelf) {
                Some(change) => self.edit(now, ticket, vec![change], out),
                None => self.done(ticket, Ok(self.position), out),
            },
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.wakes.first().map(|(at, _)| (*at, "look for changes"))
    }

    fn observe(&self) -> &Observation {
        self.shelf.observation()
    }
}

impl KumaGlobal {
    /// The same, and its validators refuse this beside what is wrong for everybody.
    pub(crate) fn refusing(self, refusals: Refusals) -> Self {
        Self { refusals, ..self }
    }

    fn wake(&mut self, now: Mono, out: &mut Out<GlobalEffect>) {
        while let Some((_, session)) = self.wakes.first().copied().filter(|(at, _)| *at <= now) {
            self.wakes.pop_first();
            if let Some(guest) = self.guests.get_mut(&session) {
                let Guest { zone, features, talk, .. } = guest;
                talk.wake(now, &self.provided, &|kind| listed(&self.shelf, kind, zone, features));
            }
            self.provide(now, session, out);
        }
    }

    // ---- sessions ------------------------------------------------------------------------------

    fn opened(&mut self, session: Session, zone: ZoneName, dialect: Dialect, out: &mut Out<GlobalEffect>) {
        // A stream makes the `Zone` anew.
        self.orphans.remove(&zone);
        self.guests.insert(session, Guest { zone: zone.clone(), dialect, features: BTreeSet::new(), talk: Talk::in_order(self.order) });
        self.shelf.say(ObservationChange::Opened { zone: zone.clone(), status: SessionStatus { session, dialect } }, out);
        let hello = Hello { zone, lineage: None, features: features() };
        for kind in &self.consumed {
            let body = RequestBody::Subscribe { kind: kind.clone(), hello: hello.clone() };
            self.shelf.then(GlobalEffect::Request(session, Request { lane: Lane::Up, body }), out);
        }
    }

    fn closed(&mut self, session: Session, why: &str, out: &mut Out<GlobalEffect>) {
        let Some(Guest { zone, talk, .. }) = self.guests.remove(&session) else {
            return;
        };
        if let Some(at) = talk.look_at() {
            self.wakes.remove(&(at, session));
        }
        // Sessions of one zone may live side by side; the observation tells of the newest.
        match self.guests.iter().rfind(|(_, guest)| guest.zone == zone) {
            Some((other, _)) if *other > session => {}
            Some((other, guest)) => {
                let (status, lane) = (SessionStatus { session: *other, dialect: guest.dialect }, guest.talk.status());
                self.shelf.say(ObservationChange::Opened { zone: zone.clone(), status }, out);
                self.shelf.say(ObservationChange::Lane { zone, lane: Lane::Down, status: lane }, out);
            }
            None => {
                self.shelf.say(ObservationChange::Ended { zone: zone.clone(), why: why.to_owned() }, out);
                self.shelf.say(ObservationChange::Lane { zone, lane: Lane::Down, status: talk.farewell() }, out);
            }
        }
    }

    fn break_off(&mut self, session: Session, why: String, out: &mut Out<GlobalEffect>) {
        self.closed(session, &why, out);
        self.shelf.then(GlobalEffect::Close { session, why: Refusal::Protocol(why) }, out);
    }

    // ---- lane down: provides ---------------------------------------------------------------------

    fn request(&mut self, now: Mono, session: Session, request: Request, out: &mut Out<GlobalEffect>) {
        let Some(Guest { zone, features, talk, .. }) = self.guests.get_mut(&session) else {
            return;
        };
        match (request.lane, request.body) {
            (Lane::Down, RequestBody::Subscribe { kind, hello }) => {
                if !talk.provider.is_asked() {
                    *features = hello.features;
                }
                talk.subscribe(now, kind, &self.provided, &|kind| listed(&self.shelf, kind, zone, features));
            }
            (Lane::Down, RequestBody::Ack { kind, .. } | RequestBody::Nack { kind, .. }) => talk.provider.answered(&kind),
            _ => return self.break_off(session, "not a request of Kuma's dialect".to_owned(), out),
        }
        self.provide(now, session, out);
    }

    fn provide(&mut self, now: Mono, session: Session, out: &mut Out<GlobalEffect>) {
        let Some(Guest { zone, talk, .. }) = self.guests.get_mut(&session) else {
            return;
        };
        for body in talk.provider.pump() {
            self.shelf.then(GlobalEffect::Response(session, Response { lane: Lane::Down, body }), out);
        }
        if let Some(status) = talk.news(now) {
            self.shelf.say(ObservationChange::Lane { zone: zone.clone(), lane: Lane::Down, status }, out);
        }
    }

    fn touched(&mut self, now: Mono, kinds: &BTreeSet<Kind>, out: &mut Out<GlobalEffect>) {
        if kinds.is_empty() {
            return;
        }
        for (session, Guest { zone, talk, .. }) in &mut self.guests {
            talk.touch(now, kinds, &self.provided);
            if let Some(at) = talk.look_at() {
                self.wakes.insert((at, *session));
            }
            if let Some(status) = talk.news(now) {
                self.shelf.say(ObservationChange::Lane { zone: zone.clone(), lane: Lane::Down, status }, out);
            }
        }
    }

    // ---- lane up: consumes -----------------------------------------------------------------------

    fn response(&mut self, now: Mono, session: Session, response: Response, out: &mut Out<GlobalEffect>) {
        let Some(Guest { zone, talk, .. }) = self.guests.get_mut(&session) else {
            return;
        };
        let (Lane::Up, ResponseBody::Resources { kind, nonce, put, gone, .. }) = (response.lane, response.body) else {
            return self.break_off(session, "not a response of Kuma's dialect".to_owned(), out);
        };
        if !self.consumed.contains(&kind) {
            return;
        }
        let belongs = |resource: &Resource| resource.labels.get(labels::ZONE).is_some_and(|home| home == zone.as_str());
        let held = self.shelf.of_kind(&kind).map(|resource| (&resource.key, resource)).collect();
        let put = put.into_iter().map(|resource| attributed(resource, zone)).collect();
        let taken =
            talk.consumer.take(kind, nonce, put, gone, &Kept { held, belongs: &belongs, refusals: &self.refusals, own_status: false });
        match taken {
            Err(why) => self.break_off(session, why, out),
            Ok(taken) if self.orphans.contains(zone) && taken.put.iter().any(|put| self.shelf.get(&put.key).is_none()) => {
                let why = format!("resource not found: type=\"Zone\" name=\"{zone}\"");
                self.break_off(session, why, out);
            }
            Ok(taken) => {
                let kinds = self.shelf.write(taken.put, taken.gone, out);
                self.shelf.then(GlobalEffect::Request(session, Request { lane: Lane::Up, body: taken.answer }), out);
                self.touched(now, &kinds, out);
            }
        }
    }

    // ---- users -------------------------------------------------------------------------------------

    fn edit(&mut self, now: Mono, ticket: Ticket, changes: Vec<Change>, out: &mut Out<GlobalEffect>) {
        let foreign = |key: &Key| self.shelf.get(key).is_some_and(|held| held.origin() == Some(Origin::Zone));
        if let Some(key) = changes.iter().map(Change::key).find(|key| foreign(key)) {
            return self.done(ticket, Err(EditRefused::NotOwner { key: key.clone(), owner: "in its zone".to_owned() }), out);
        }
        if let Some(refused) = invalid::refused(&changes, &self.refusals) {
            return self.done(ticket, Err(refused), out);
        }
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Put(resource) => put.push(Arc::new(resource)),
                Change::Delete(key) => {
                    // What belongs to a mesh goes with it.
                    let mesh = (key.kind == Kind::mesh()).then(|| key.name.as_str().to_owned());
                    let inside = self.shelf.all().filter(|held| mesh.is_some() && held.mesh().map(|held| held.as_str()) == mesh.as_deref());
                    gone.extend(inside.map(|held| held.key.clone()));
                    if let Some(zone) = zones::named_by(&key) {
                        gone.extend(self.shelf.all().filter(|held| zones::is_from(held, &zone)).map(|held| held.key.clone()));
                        if self.guests.values().any(|guest| guest.zone == zone) {
                            self.orphans.insert(zone);
                        }
                    }
                    gone.push(key);
                }
            }
        }
        let mut kinds = self.shelf.write(put, gone, out);
        if kinds.iter().any(|kind| kind.as_str() == "Zone") {
            // What a zone exports is for the others, or is not, by its `Zone`.
            kinds.extend(self.provided.iter().cloned());
        }
        self.position.seq += 1;
        self.done(ticket, Ok(self.position), out);
        self.touched(now, &kinds, out);
    }

    fn done(&mut self, ticket: Ticket, outcome: EditOutcome, out: &mut Out<GlobalEffect>) {
        self.shelf.then(GlobalEffect::Done { ticket, outcome }, out);
    }
}

/// What one zone is sent of a kind.
fn listed(shelf: &Shelf<GlobalEffect>, kind: &Kind, zone: &ZoneName, features: &BTreeSet<String>) -> Versions {
    let sent =
        shelf.sendable(kind).filter(|(resource, _)| filter::global_sends(resource, zone, features) && !zones::is_withheld(resource, shelf));
    sent.map(|(_, sent)| (sent.key.clone(), Arc::clone(sent))).collect()
}

/// Whatever a zone says, it says of itself.
fn attributed(resource: Arc<Resource>, zone: &ZoneName) -> Arc<Resource> {
    let mut resource = Arc::unwrap_or_clone(resource);
    resource.labels.insert(labels::ZONE.to_owned(), zone.to_string());
    resource.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    Arc::new(resource)
}

/// Kuma names itself at its first start. So its database is never quite empty, and zones of a new one are answered.
fn cluster_id(id: u64) -> Option<Resource> {
    Some(Resource {
        key: Key { kind: Kind::new("Config").ok()?, mesh: None, name: ResourceName::new("kuma-cluster-id").ok()? },
        labels: Labels::new(),
        spec: Spec::new(serde_json::json!({"config": format!("{id:016x}")})),
        status: None,
    })
}
