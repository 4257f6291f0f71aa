//! What the zone keeps in its cluster: whose each virtual IP is, and its history; so that its store can be lost.
//!
//! A store that begins looks there first whether it goes on from a history that there was. It waits for that a little before it joins global: what it
//! would say of itself until then would be another history, of which global takes nothing. If there was one, global is not told of all that is
//! here before all is here again: what is made of objects, what users applied, and what global holds.
use super::{
    Cluster, identity,
    own::{Source, Wanted},
};
use crate::{
    kubernetes::{
        Change as ObjectChange, Copy, CustomObject, Kept, Object, ObjectId, ObjectKind, address_id, address_of, copied, history_id,
        of_address, of_history, said_by,
    },
    machine::{Durable, Out, RecoverError},
    node::{
        Change, ObservationChange, ZoneEffect,
        zone::{Environment, ZoneNode},
    },
    records::{self, Writes},
    resource::{Key, Kind, Resource, Spec},
    sync::{Epoch, Lineage},
    time::Mono,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// So long a store that begins waits for what the cluster says of its history.
const SEEKS_FOR: Duration = Duration::from_secs(10);
/// How far ahead of the history its object is, in positions: as seldom it is written.
const AHEAD: u64 = 10_000;

/// What is known of the history that this store goes on from.
#[derive(Debug)]
pub(super) struct History {
    state: State,
    /// Until when global is not called before it is known.
    until: Mono,
    /// What this store's history goes on with, if it goes on from another.
    epoch: Epoch,
    /// What the cluster says.
    said: Option<Option<Lineage>>,
    /// How far it may come by its object.
    reserved: u64,
    /// What users had written here, by copies of that, and is not here again.
    missed: BTreeMap<Key, Resource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// There may be one.
    Sought,
    /// There was one, and not all of what there was is here again.
    Rebuilding,
    /// All is known.
    Known,
}

impl History {
    /// A store that begins, or did before, in a cluster: it may go on from another.
    pub(super) fn recover(environment: Environment, epoch: Epoch, durable: &Durable, now: Mono) -> Result<Self, RecoverError> {
        let stored: Option<State> = records::read(durable, &records::history())?;
        let state = match (environment, stored) {
            (Environment::Universal, _) => State::Known,
            (Environment::Kubernetes, Some(state)) => state,
            (Environment::Kubernetes, None) if durable.is_empty() => State::Sought,
            (Environment::Kubernetes, None) => State::Known,
        };
        Ok(Self { state, until: now.after(SEEKS_FOR), epoch, said: None, reserved: 0, missed: BTreeMap::new() })
    }

    /// A store that begins says so, until it is known.
    pub(super) fn write(&self, writes: &mut Writes) {
        match self.state {
            State::Known => writes.delete(records::history()),
            state => writes.put(records::history(), &state),
        }
    }
}

impl Cluster {
    /// When global may be called.
    pub(in crate::node::zone) fn joins_at(&self) -> Option<Mono> {
        (self.history.state == State::Sought).then_some(self.history.until)
    }

    /// Whether global may be told of all that there is.
    pub(in crate::node::zone) fn may_tell_all(&self) -> bool {
        self.history.state != State::Rebuilding
    }

    /// Whether it is known which history this store goes on from, and all of what was is here again.
    pub(super) fn knows_its_history(&self) -> bool {
        self.history.state == State::Known
    }

    /// A copy is there of what may have been lost.
    pub(super) fn miss(&mut self, id: &ObjectId, object: &CustomObject) {
        // Of authorities both count, those of before and those that there are by now.
        let counts_beside = object.kind.as_str() == "MeshTrust";
        if !self.knows_its_history()
            && (counts_beside || self.own.wanted(id).is_none())
            && let Some(resource) = copied(object, &self.place.zone)
        {
            self.history.missed.insert(resource.key.clone(), resource);
        }
    }

    fn kept(&self, source: &Source, node: &ZoneNode) -> Option<Copy> {
        let (namespace, zone) = (&*self.place.system_namespace, &self.place.zone);
        match source {
            Source::Resource(_) => None,
            Source::Address(address) => Some(of_address(namespace, zone, *address, node.services.claimant(*address)?)),
            Source::History => Some(of_history(namespace, zone, &node.catalog.lineage().at(self.history.reserved))),
        }
    }
}

impl ZoneNode {
    /// An object as it is to be, by what it says.
    pub(super) fn kept_from(&self, source: &Source) -> Option<Copy> {
        self.cluster.kept(source, self)
    }

    /// Takes over what became known of an object that the zone keeps. Gives back for whom something changed.
    pub(super) fn take_kept(&mut self, now: Mono, change: ObjectChange, writes: &mut Writes) -> Vec<ObservationChange> {
        let (id, version) = identity(&change);
        if *id.name.namespace != *self.cluster.place.system_namespace || self.cluster.is_older(&id, version) {
            return Vec::new();
        }
        let address = address_of(&id);
        match change {
            ObjectChange::Put(Ok(Object::ConfigMap(map))) => {
                self.cluster.own.see(&id, map.uid.clone(), map.meta.version, map.digest(), true);
                match said_by(&map, &id, &self.zone) {
                    Kept::Address(address, service) => return self.services.found(now, address, service.as_ref(), writes),
                    Kept::History(lineage) => self.cluster.history.said = Some(lineage),
                    Kept::Else => {}
                }
                Vec::new()
            }
            ObjectChange::Put(_) => {
                self.cluster.own.see_unreadable(&id, version);
                address.map_or_else(Vec::new, |address| self.services.found(now, address, None, writes))
            }
            ObjectChange::Gone { .. } => {
                self.cluster.own.unsee(&id);
                address.into_iter().for_each(|address| self.services.unclaimed(address));
                Vec::new()
            }
        }
    }

    /// It is known what the cluster keeps.
    pub(super) fn kept_is_known(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let mut writes = Writes::default();
        let addressed = self.services.known(now, &mut writes);
        self.addressed(now, addressed, writes, out);
        if self.cluster.history.state != State::Sought {
            return;
        }
        let mut writes = Writes::default();
        self.cluster.history.state = State::Known;
        match self.cluster.history.said.take() {
            Some(Some(before)) => {
                tracing::warn!(zone = %self.zone, head = %before.head(), "the store begins anew: it goes on from the history that the cluster knows");
                let why = "its history goes on from another one, which the cluster knows";
                self.peer.talk().into_iter().for_each(|talk| self.hang_up(now, talk.session, why, out));
                self.catalog.go_on_from(before, self.cluster.history.epoch, &mut writes);
                self.peer.reconsider(&self.catalog);
                self.cluster.history.state = State::Rebuilding;
            }
            Some(None) => tracing::warn!(zone = %self.zone, "the history that the cluster keeps cannot be read: it is replaced"),
            None => {}
        }
        if self.cluster.knows_its_history() {
            self.cluster.history.missed.clear();
            self.cluster.own.look_at_orphans();
        }
        self.cluster.history.write(&mut writes);
        self.outbox.store(writes, out);
        self.outbox.observed(ObservationChange::Head(self.catalog.head()), out);
        self.settle_cluster(now, out);
    }

    /// Whether all is here again of a store that was lost.
    pub(in crate::node::zone) fn look_whether_all_is_here(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        if self.cluster.may_tell_all() {
            return;
        }
        let has_global = self.replica.floor().is_some() || self.replica.of_kind(&Kind::mesh()).next().is_some();
        if has_global && self.cluster.is_loaded() {
            self.bring_back(now, out);
            tracing::info!(zone = %self.zone, "all is here again that the store held which was lost");
            let mut writes = Writes::default();
            self.cluster.history.state = State::Known;
            self.cluster.history.write(&mut writes);
            self.outbox.store(writes, out);
            self.cluster.own.look_at_orphans();
            self.provide(now, false, out);
        }
    }

    /// What users had written here is here again, as its copies say.
    fn bring_back(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        for (key, resource) in std::mem::take(&mut self.cluster.history.missed) {
            let here = self.catalog.get(&key).or_else(|| self.replica.get(&key));
            let resource = match here {
                None => resource,
                Some(here) => match with_those_before(here, &resource) {
                    Some(both) => both,
                    None => continue,
                },
            };
            if let Err(refused) = self.write(now, vec![Change::Put(resource)], out) {
                tracing::warn!(%key, %refused, "what was written here before the store was lost is not taken again");
            }
        }
    }

    /// Lets know whose addresses are others, which is stored.
    pub(super) fn addressed(&mut self, now: Mono, addressed: Vec<ObservationChange>, writes: Writes, out: &mut Out<ZoneEffect>) {
        self.outbox.store(writes, out);
        for change in addressed.iter().cloned() {
            self.outbox.observed(change, out);
        }
        if !addressed.is_empty() {
            self.plan(now, &[], &addressed, out);
        }
    }

    /// What is to be kept is to have its objects.
    pub(super) fn keep(&mut self) {
        if self.cluster.environment != Environment::Kubernetes {
            return;
        }
        for address in self.services.take_claimed() {
            let id = address_id(&self.cluster.place.system_namespace, address);
            let source = Source::Address(address);
            match self.kept_from(&source) {
                Some(Copy { digest, .. }) => self.cluster.own.want(id, Wanted { digest, source }),
                None if self.services.is_foreign(address) => self.cluster.own.disown(&id),
                None => self.cluster.own.unwant(&id),
            }
        }
        let (head, reserved) = (self.catalog.head().seq, self.cluster.history.reserved);
        if self.cluster.history.state == State::Sought || head + AHEAD / 2 <= reserved {
            return;
        }
        self.cluster.history.reserved = head + AHEAD;
        if let Some(Copy { digest, .. }) = self.kept_from(&Source::History) {
            let id: ObjectId = history_id(&self.cluster.place.system_namespace, &self.zone);
            self.cluster.own.want(id, Wanted { digest, source: Source::History });
        }
    }
}

impl Cluster {
    /// Whether all is known of the cluster that is followed.
    fn is_loaded(&self) -> bool {
        let is_listed = |kind: &crate::kubernetes::CustomKind| self.listed.contains(&ObjectKind::Custom(*kind));
        let custom = self.defined.as_ref().is_some_and(|defined| defined.iter().all(is_listed));
        self.is_whole() && custom && self.aside.is_empty() && self.unsettled.is_empty()
    }
}

/// A `MeshTrust` with the authorities of before, too: they vouch for certificates that are in use. `None`: it has them, or is none.
fn with_those_before(here: &Resource, before: &Resource) -> Option<Resource> {
    if here.kind().as_str() != "MeshTrust" {
        return None;
    }
    let bundles = |of: &Resource| of.spec.value().and_then(|spec| spec.get("caBundles")?.as_array().cloned()).unwrap_or_default();
    let held = bundles(here);
    let missing: Vec<_> = bundles(before).into_iter().filter(|bundle| !held.contains(bundle)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut spec = here.spec.value()?.clone();
    spec["caBundles"] = held.into_iter().chain(missing).collect();
    Some(Resource { spec: Spec::new(spec), ..here.clone() })
}
