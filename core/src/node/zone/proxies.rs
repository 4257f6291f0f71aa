//! The proxies of the zone: who is connected, what each was sent, and what it took.
//!
//! A proxy is sent what its plan is, and then what becomes different, one update at a time: what changes while it has not answered yet is
//! sent together afterwards, so that a slow proxy costs what one part of its plan takes, however long it is slow. Plans are kept while
//! somebody is connected.
use super::{ZoneNode, listening::Deaf};
use crate::{
    machine::{Durable, Out, RecoverError},
    names::ServiceId,
    node::{
        Change, FromProxy, ObservationChange, PlanUpdate, ProxyRefused, ProxySession, ProxyStatus, ToProxy, TurnedAway, VipState,
        ZoneEffect,
    },
    plan::{Affected, Identity, Part, PartName, Plans, Touched},
    records::{self, Writes},
    resource::{Key, Kind, MeshName, Resource},
    sync::catalog::Write,
    time::Mono,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long after its connection ended a proxy that brought its Dataplane along is still there, if it does not come back (Kuma's
/// `dataplaneDeregistrationDelay`).
pub const DEREGISTERED_AFTER: Duration = Duration::from_secs(10);

/// The same after a restart of the zone control plane, when all of them have to find it again.
const DEREGISTERED_AFTER_RESTART: Duration = Duration::from_secs(120);

/// The proxies that are connected.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    /// `None` while nobody is.
    plans: Option<Plans>,
    sessions: BTreeMap<ProxySession, Talk>,
    /// The session of each.
    of: BTreeMap<Key, ProxySession>,
    /// Who is to be told something, and can be.
    ready: BTreeSet<ProxySession>,
    /// Dataplanes that proxies brought along, and that go with them.
    brought: BTreeSet<Key>,
    /// Those of them whose proxies left: when they go.
    leaving: BTreeMap<Key, Mono>,
    /// Those that left, or have not come back since a restart, and may not have taken whom to trust.
    unseen: BTreeSet<Key>,
    /// Those that serve nobody before they have taken their plans.
    newcomers: BTreeSet<Key>,
    /// Ingresses that do not listen.
    pub(super) deaf: Deaf,
    /// Services of this zone of which it may not be said who serves them.
    own: BTreeSet<ServiceId>,
}

/// What is said to one proxy.
#[derive(Debug)]
struct Talk {
    proxy: Key,
    /// What it was sent, by what it looked like.
    sent: BTreeMap<PartName, Fingerprint>,
    /// What may be different since.
    touched: Touched,
    /// The last update.
    update: u64,
    /// It was answered.
    is_answered: bool,
    /// The last update that said whom to trust.
    trust_in: u64,
    /// The last one that it took whole, so that it refuses nothing of what it was sent until then.
    whole: u64,
    status: ProxyStatus,
}

type Fingerprint = [u8; 16];

/// Why something was refused, and what.
type Refusal = (String, BTreeSet<PartName>);

impl Proxies {
    /// Nobody is connected yet. What proxies brought along stays for some time.
    pub(super) fn recover(durable: &Durable, now: Mono) -> Result<Self, RecoverError> {
        let mut proxies = Self::default();
        for (key, _, bytes) in records::below(durable, records::BROUGHT) {
            proxies.brought.insert(records::parse(key, bytes)?);
        }
        let leave_at = now.after(DEREGISTERED_AFTER_RESTART);
        proxies.leaving = proxies.brought.iter().map(|key| (key.clone(), leave_at)).collect();
        proxies.unseen = proxies.brought.clone();
        Ok(proxies)
    }

    /// When somebody who left is gone.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.leaving.values().min().map(|at| (*at, "a proxy that left is gone"))
    }

    fn is_on(&self, session: ProxySession) -> bool {
        self.sessions.contains_key(&session)
    }

    /// Who is connected so.
    pub(super) fn on(&self, session: ProxySession) -> Option<&Key> {
        self.sessions.get(&session).map(|talk| &talk.proxy)
    }

    /// Takes over what changed, as far as anybody is connected.
    fn change(&mut self, changes: &[Write], addressed: &[ObservationChange]) {
        let Some(plans) = &mut self.plans else { return };
        let vips = addressed.iter().filter_map(|change| match change {
            ObservationChange::Vip { service, vip: Some(VipState::Given(address)) } => Some((service, Some(*address))),
            ObservationChange::Vip { service, vip: _ } => Some((service, None)),
            _ => None,
        });
        let names = addressed.iter().filter_map(|change| match change {
            ObservationChange::Named { mesh, name, service } => Some((mesh, name.as_str(), service.as_ref())),
            _ => None,
        });
        let changed = plans.apply(changes.iter().map(|change| (change.key(), change.resource())), vips);
        let named = plans.name(names);
        self.touch(changed);
        self.touch(named);
    }

    fn touch(&mut self, affected: Affected) {
        self.own.extend(affected.own);
        for (proxy, touched) in affected.proxies {
            let session = self.of.get(&proxy);
            if let Some((session, talk)) = session.and_then(|session| Some((*session, self.sessions.get_mut(session)?))) {
                talk.touched.extend(touched);
                self.note(session);
            }
        }
    }

    /// It has not taken its plan yet.
    pub(super) fn is_newcomer(&self, proxy: &Key) -> bool {
        self.newcomers.contains(proxy)
    }

    /// It brought its resource along.
    pub(super) fn has_brought(&self, proxy: &Key) -> bool {
        self.brought.contains(proxy)
    }

    /// A proxy of this mesh that may not know yet whom it is to trust: it has not taken that, or not come back since a restart.
    pub(super) fn behind_in_trust(&self, mesh: Option<&MeshName>) -> Option<&Key> {
        let behind = self.sessions.values().filter(|talk| talk.is_behind_in_trust()).map(|talk| &talk.proxy);
        behind.chain(self.leaving.keys().filter(|proxy| self.unseen.contains(*proxy))).find(|proxy| proxy.mesh.as_ref() == mesh)
    }

    /// Services of this zone of which it may not be said who serves them.
    pub(super) fn take_own(&mut self) -> BTreeSet<ServiceId> {
        std::mem::take(&mut self.own)
    }

    /// The resource that describes a service, and the SPIFFE IDs of those who serve it; `None` while nobody is connected.
    pub(super) fn known_by(&self, service: &ServiceId) -> Option<(&Key, BTreeSet<String>)> {
        self.plans.as_ref()?.known_by(service)
    }

    fn note(&mut self, session: ProxySession) {
        let is_ready = self.sessions.get(&session).is_some_and(|talk| talk.is_answered && talk.touched != Touched::default());
        if is_ready {
            self.ready.insert(session);
        } else {
            self.ready.remove(&session);
        }
    }

    fn open(&mut self, session: ProxySession, proxy: Key) {
        self.leaving.remove(&proxy);
        self.unseen.remove(&proxy);
        self.of.insert(proxy.clone(), session);
        let status = ProxyStatus { session, sent: 0, took: 0, refused: None, is_deaf: false, turned_away: None };
        let touched = Touched::everything();
        let talk = Talk { proxy, sent: BTreeMap::new(), touched, update: 0, is_answered: true, trust_in: 0, whole: 0, status };
        self.sessions.insert(session, talk);
        self.note(session);
    }

    fn close(&mut self, session: ProxySession) -> Option<Talk> {
        let talk = self.sessions.remove(&session)?;
        self.ready.remove(&session);
        self.of.remove(&talk.proxy);
        self.release(&talk.proxy);
        self.rest();
        Some(talk)
    }

    /// Plans are not kept for nobody.
    fn rest(&mut self) {
        if self.sessions.is_empty() {
            self.plans = None;
        }
    }

    /// It serves from now on, or is gone.
    fn release(&mut self, proxy: &Key) {
        self.newcomers.remove(proxy);
        if let Some(affected) = self.plans.as_mut().map(|plans| plans.release(proxy)) {
            self.touch(affected);
        }
    }

    /// The next update of somebody who can be told one.
    fn update(&mut self) -> Option<(ProxySession, PlanUpdate)> {
        loop {
            let session = self.ready.pop_first()?;
            let (plans, talk) = (self.plans.as_ref()?, self.sessions.get_mut(&session)?);
            if let Some(update) = talk.next(plans) {
                return Some((session, update));
            }
        }
    }
}

impl Talk {
    /// It may not have taken whom to trust.
    fn is_behind_in_trust(&self) -> bool {
        self.touched.covers(&PartName::Trust) || self.trust_in > self.whole
    }

    fn observed(&self) -> ObservationChange {
        ObservationChange::Proxy { proxy: self.proxy.clone(), status: Some(self.status.clone()) }
    }

    /// What is different of what was touched; `None`: nothing is. The first is sent even if it is empty: then the proxy knows that.
    fn next(&mut self, plans: &Plans) -> Option<PlanUpdate> {
        let touched = std::mem::take(&mut self.touched);
        let parts = plans.parts(&self.proxy, &touched);
        let gone: Vec<PartName> = self.sent.keys().filter(|name| touched.covers(name) && !parts.contains_key(name)).cloned().collect();
        gone.iter().for_each(|name| _ = self.sent.remove(name));
        let mut put = Vec::new();
        for (name, part) in parts {
            let looks = fingerprint(&part);
            if self.sent.insert(name, looks) != Some(looks) {
                put.push(part);
            }
        }
        if self.update > 0 && put.is_empty() && gone.is_empty() {
            return None;
        }
        self.update += 1;
        self.is_answered = false;
        self.status.sent = self.update;
        if put.iter().any(|part| matches!(part, Part::Trust(_))) {
            self.trust_in = self.update;
        }
        Some(PlanUpdate { number: self.update, put, gone })
    }
}

/// Who a proxy is from now on, if an update is about that.
fn identity(update: &PlanUpdate) -> Option<Option<Identity>> {
    let named = update.put.iter().find_map(|part| if let Part::Identity(identity) = part { Some(identity.clone()) } else { None });
    if named.is_some() || update.gone.contains(&PartName::Identity) { Some(named) } else { None }
}

fn fingerprint(part: &Part) -> Fingerprint {
    let bytes = serde_json::to_vec(part).expect("a part is plain data");
    let mut looks = Fingerprint::default();
    looks.copy_from_slice(&Sha256::digest(&bytes)[..size_of::<Fingerprint>()]);
    looks
}

impl ZoneNode {
    pub(super) fn hear_proxy(&mut self, now: Mono, session: ProxySession, said: FromProxy, out: &mut Out<ZoneEffect>) {
        match said {
            FromProxy::Opened { mesh, name, dataplane, version } => {
                let kind = if mesh.is_some() { Kind::dataplane() } else { Kind::zone_ingress() };
                let key = Key { kind, mesh, name };
                let is_taken = self.proxy_opened(now, session, &key, dataplane.map(|dataplane| *dataplane), out);
                if is_taken && key.kind == Kind::dataplane() {
                    self.insights.opened((now, self.wall), &key, version);
                }
                self.provide(now, false, out);
            }
            FromProxy::Took { update } => self.proxy_answered(now, session, update, None, out),
            FromProxy::Refused { update, why, parts } => self.proxy_answered(now, session, update, Some((why, parts)), out),
            FromProxy::TurnedAway { connections } => self.turned_away(session, connections, out),
            FromProxy::Closed => self.proxy_closed(now, session, out),
        }
        self.tell_proxies(now, out);
    }

    /// Whether it may be here.
    fn proxy_opened(
        &mut self,
        now: Mono,
        session: ProxySession,
        key: &Key,
        dataplane: Option<Resource>,
        out: &mut Out<ZoneEffect>,
    ) -> bool {
        self.plan_from_now_on();
        let is_newcomer = dataplane.is_some() && self.catalog.get(key).is_none();
        if is_newcomer && let Some(plans) = &mut self.proxies.plans {
            plans.hold_back(key);
            self.proxies.newcomers.insert(key.clone());
        }
        let is_ingress = key.kind == Kind::zone_ingress();
        let dataplane = dataplane.map(|brought| if is_ingress { self.as_it_comes(brought) } else { brought });
        let refused = dataplane.and_then(|dataplane| self.bring(now, key, dataplane, out).err());
        let refused = refused.or_else(|| self.catalog.get(key).is_none().then(|| ProxyRefused::Unknown(key.clone())));
        if let Some(why) = refused {
            self.proxies.deaf.forget(key);
            self.proxies.release(key);
            self.proxies.rest();
            self.refuse_proxy(session, why, out);
            return false;
        }
        if let Some(older) = self.proxies.of.get(key).copied() {
            self.end_session(now, older);
            self.refuse_proxy(older, ProxyRefused::Superseded, out);
            self.plan_from_now_on();
        }
        self.proxies.open(session, key.clone());
        true
    }

    /// Plans are kept from now on, while somebody is connected.
    fn plan_from_now_on(&mut self) {
        if self.proxies.plans.is_some() {
            return;
        }
        let mut plans = Plans::new(self.zone.clone());
        let held = self.catalog.resources().chain(self.replica.resources());
        plans.name(self.services.names().map(|(mesh, name, service)| (mesh, name, Some(service))));
        let all = plans.apply(held.map(|resource| (&resource.key, Some(resource))), self.services.given().map(|(id, vip)| (id, Some(vip))));
        self.proxies.own.extend(all.own);
        self.proxies.plans = Some(plans);
    }

    /// Writes the Dataplane that a proxy brought along, and that it goes with it unless it is somebody else's.
    fn bring(&mut self, now: Mono, key: &Key, dataplane: Resource, out: &mut Out<ZoneEffect>) -> Result<(), ProxyRefused> {
        let is_others = self.catalog.get(key).is_some() && !self.proxies.brought.contains(key);
        let changes = vec![Change::Put(dataplane)];
        let outcome = self.may_write(&changes).and_then(|()| self.write(now, changes, out));
        outcome.map_err(|refused| ProxyRefused::Invalid(refused.to_string()))?;
        if !is_others && self.proxies.brought.insert(key.clone()) {
            let mut writes = Writes::default();
            writes.put(records::brought(key), key);
            self.outbox.store(writes, out);
        }
        Ok(())
    }

    /// Somebody else wrote or deleted these Dataplanes: they are his from now on, and stay when their proxies go.
    pub(super) fn disown(&mut self, written: &[Key], out: &mut Out<ZoneEffect>) {
        let mut writes = Writes::default();
        for key in written.iter().filter(|key| self.proxies.brought.contains(*key)).cloned().collect::<Vec<_>>() {
            self.proxies.brought.remove(&key);
            self.proxies.leaving.remove(&key);
            self.proxies.unseen.remove(&key);
            self.proxies.deaf.disown(&key);
            writes.delete(records::brought(&key));
        }
        if !writes.delete.is_empty() {
            self.outbox.store(writes, out);
        }
    }

    fn refuse_proxy(&mut self, session: ProxySession, why: ProxyRefused, out: &mut Out<ZoneEffect>) {
        tracing::info!(%session, %why, "ending the connection of a proxy");
        self.outbox.effect(ZoneEffect::Proxy(session, ToProxy::Close { why }), out);
    }

    fn proxy_answered(&mut self, now: Mono, session: ProxySession, update: u64, refused: Option<Refusal>, out: &mut Out<ZoneEffect>) {
        // The last one may be answered again: what was refused of it may have been taken since.
        let is_news = |talk: &&mut Talk| !talk.is_answered || talk.status.refused.as_ref() != refused.as_ref().map(|(why, _)| why);
        let Some(talk) = self.proxies.sessions.get_mut(&session).filter(|talk| talk.update == update).filter(is_news) else { return };
        talk.is_answered = true;
        talk.status.took = update;
        if refused.is_none() {
            talk.whole = update;
        }
        let (why, refused) = refused.unzip();
        let refused = refused.unwrap_or_default();
        talk.status.refused = why;
        let has_entrance = talk.sent.contains_key(&PartName::Entrance);
        let is_ingress = talk.proxy.kind == Kind::zone_ingress();
        talk.status.is_deaf = is_ingress && (!has_entrance || refused.contains(&PartName::Entrance));
        self.insights.answered((now, self.wall), &talk.proxy, talk.status.refused.is_some());
        let change = talk.observed();
        let proxy = talk.proxy.clone();
        self.outbox.observed(change, out);
        if self.proxies.is_newcomer(&proxy) {
            self.proxies.release(&proxy);
        }
        if is_ingress {
            self.listens(now, &proxy, has_entrance, &refused, out);
            self.provide(now, false, out);
        }
        self.proxies.note(session);
    }

    /// What an ingress counted. Said again and again; it is news once.
    fn turned_away(&mut self, session: ProxySession, connections: TurnedAway, out: &mut Out<ZoneEffect>) {
        let Some(talk) = self.proxies.sessions.get_mut(&session).filter(|talk| talk.proxy.kind == Kind::zone_ingress()) else { return };
        if talk.status.turned_away.replace(connections) != Some(connections) {
            let change = talk.observed();
            self.outbox.observed(change, out);
        }
    }

    /// Nothing is said to it any more, and it needs no certificate.
    fn end_session(&mut self, now: Mono, session: ProxySession) -> Option<Talk> {
        let talk = self.proxies.close(session)?;
        self.certificates.want(now, session, None);
        self.insights.closed((now, self.wall), &talk.proxy);
        Some(talk)
    }

    fn proxy_closed(&mut self, now: Mono, session: ProxySession, out: &mut Out<ZoneEffect>) {
        let Some(talk) = self.end_session(now, session) else { return };
        self.outbox.observed(ObservationChange::Proxy { proxy: talk.proxy.clone(), status: None }, out);
        if self.proxies.brought.contains(&talk.proxy) {
            if talk.is_behind_in_trust() {
                self.proxies.unseen.insert(talk.proxy.clone());
            }
            self.proxies.leaving.insert(talk.proxy, now.after(DEREGISTERED_AFTER));
        }
    }

    /// Those that left for good are gone.
    pub(super) fn forget_proxies(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let gone: Vec<Key> = self.proxies.leaving.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        if gone.is_empty() {
            return;
        }
        self.disown(&gone, out);
        if let Err(refused) = self.write(now, gone.into_iter().map(Change::Delete).collect(), out) {
            tracing::warn!(%refused, "Dataplanes of proxies that left could not be taken away, and stay");
        }
        self.provide(now, false, out);
    }

    /// Takes over what was written, and ends the connections of proxies that are no more.
    pub(super) fn plan(&mut self, now: Mono, changes: &[Write], addressed: &[ObservationChange], out: &mut Out<ZoneEffect>) {
        self.proxies.change(changes, addressed);
        for key in changes.iter().map(Write::key).filter(|key| key.kind.as_str() == "MeshTrust") {
            self.mend_trust(now, key, out);
        }
        for change in changes {
            let Write::Delete(key) = change else { continue };
            self.proxies.deaf.forget(key);
            if let Some(session) = self.proxies.of.get(key).copied() {
                self.end_session(now, session);
                self.outbox.observed(ObservationChange::Proxy { proxy: key.clone(), status: None }, out);
                self.refuse_proxy(session, ProxyRefused::Deleted, out);
            }
        }
        self.tell_proxies(now, out);
    }

    fn tell_proxies(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        while let Some((session, update)) = self.proxies.update() {
            if let Some(identity) = identity(&update) {
                self.certificates.want(now, session, identity);
            }
            if let Some(talk) = self.proxies.sessions.get(&session) {
                self.insights.sent((now, self.wall), &talk.proxy);
                self.outbox.observed(talk.observed(), out);
            }
            self.outbox.effect(ZoneEffect::Proxy(session, ToProxy::Plan(update)), out);
        }
        self.issue(now, out);
        self.identify(now, out);
    }

    /// Nothing can be promised to a proxy that comes now.
    pub(super) fn refuse_proxy_that_comes(&mut self, session: ProxySession, why: String, out: &mut Out<ZoneEffect>) {
        if !self.proxies.is_on(session) {
            self.refuse_proxy(session, ProxyRefused::Store(why), out);
        }
    }
}
