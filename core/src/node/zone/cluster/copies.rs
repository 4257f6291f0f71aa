//! What the zone holds stands in its cluster, too, for people and their tools: as copies, which are the zone's to write.
//!
//! A copy that somebody edits or deletes is put back. One that nobody here knows is deleted once all is known here: a zone that lost its store
//! holds nothing at first, and what global holds comes again.
use super::{
    Cluster,
    own::{Source, Wanted},
};
use crate::{
    kubernetes::{
        Answered, Ask, Change as ObjectChange, Converted, Copy, CustomObject, Digest, NotDone, OWN, Object, ObjectId, ObjectKind, Problem,
        Reason, Seen, Wish, address_of, copy_of,
    },
    machine::Out,
    node::{
        ZoneEffect,
        zone::{Environment, ZoneNode},
    },
    records::Writes,
    resource::{Key, Resource, labels},
    sync::catalog::Write,
    time::Mono,
};
use std::{collections::BTreeSet, time::Duration};

/// So often it is asked for an object of which there is one, until it is known that nobody will tell of that one.
const HEARD_WITHIN: u32 = 4;

impl Cluster {
    /// How a whole list differs from what is known of a kind.
    pub(super) fn changes(&self, kind: ObjectKind, version: u64, objects: Vec<Seen>) -> Vec<ObjectChange> {
        let id_of = |seen: &Seen| match seen {
            Ok(object) => object.id(),
            Err(unreadable) => unreadable.id.clone(),
        };
        let there: BTreeSet<ObjectId> = objects.iter().map(id_of).collect();
        let known: BTreeSet<&ObjectId> = self.applied.ids().chain(self.own.seen_ids()).filter(|id| id.kind == kind).collect();
        let gone = known.into_iter().filter(|id| !there.contains(*id)).map(|id| ObjectChange::Gone { id: id.clone(), version });
        gone.chain(objects.into_iter().map(ObjectChange::Put)).collect()
    }

    pub(super) fn is_older(&self, id: &ObjectId, version: u64) -> bool {
        let held = self.applied.version(id).max(self.own.seen(id).map(|seen| seen.version));
        version != 0 && held.is_some_and(|held| version < held)
    }

    /// Takes over what became known of one object. Gives back which resources may be different.
    fn take_object(&mut self, change: ObjectChange) -> BTreeSet<Key> {
        let (id, version) = super::identity(&change);
        if self.is_older(&id, version) {
            return BTreeSet::new();
        }
        match change {
            ObjectChange::Put(Ok(Object::Custom(object))) => self.take_custom(&id, &object),
            ObjectChange::Put(Ok(_)) => BTreeSet::new(),
            ObjectChange::Put(Err(unreadable)) => {
                match self.own.seen(&id) {
                    Some(_) => self.own.see_unreadable(&id, version),
                    None => self.applied.unreadable(&unreadable),
                }
                BTreeSet::new()
            }
            ObjectChange::Gone { .. } => {
                self.own.unsee(&id);
                self.applied.gone(&id)
            }
        }
    }

    fn take_custom(&mut self, id: &ObjectId, object: &CustomObject) -> BTreeSet<Key> {
        // Somebody may have taken away what says that it is a copy.
        let is_copy = object.is_copy() || self.own.seen(id).is_some_and(|seen| seen.uid == object.uid);
        if is_copy && self.environment == Environment::Kubernetes {
            let said = |label: &str| object.meta.labels.get(label).map_or("", String::as_str);
            let is_of_zone = said(labels::ORIGIN) == "zone" && said(labels::ZONE) == self.place.zone.as_str();
            self.own.see(id, object.uid.clone(), object.meta.version, object.digest(), is_of_zone);
            self.miss(id, object);
            return self.applied.gone(id);
        }
        self.own.unsee(id);
        self.applied.put(&self.place, id, object)
    }

    /// What a resource is to have for a copy.
    fn copy(&self, resource: &Resource) -> Option<Copy> {
        let is_theirs = super::holder(resource) == super::Holder::Applied;
        (!is_theirs).then(|| copy_of(resource, &self.place.zone, &self.place.system_namespace)).flatten()
    }

    fn copy_of(&mut self, resource: &Resource) {
        match self.copy(resource) {
            Some(Copy { id, digest, .. }) => {
                self.own.want(id, Wanted { digest, source: Source::Resource(resource.key.clone()) });
            }
            None => _ = self.own.unwant_copy(&resource.key),
        }
    }

    /// More is known of what global has.
    pub(in crate::node::zone) fn look_at_orphans(&mut self) {
        self.own.look_at_orphans();
    }

    /// Whether there is a place for copies of it.
    fn can_be_written(&self, id: &ObjectId) -> bool {
        self.listed.contains(&id.kind) && !self.aside.contains_key(&id.kind)
    }
}

/// What is to be asked of the API about an object.
enum Next {
    /// Nothing: it is as it is to be, or what it is will be heard.
    Nothing,
    /// It is as it is to be.
    Settled,
    /// It is somebody else's.
    Taken,
    Ask(Option<Digest>, Wish),
}

impl ZoneNode {
    /// Takes over what became known of objects that are no pods and services.
    pub(super) fn take_objects(&mut self, now: Mono, changes: Vec<ObjectChange>, mut converted: Converted, out: &mut Out<ZoneEffect>) {
        let mut judged: BTreeSet<ObjectId> = BTreeSet::new();
        let (mut addressed, mut writes) = (Vec::new(), Writes::default());
        for change in changes {
            let id = super::identity(&change).0;
            if id.kind == ObjectKind::ConfigMap {
                addressed.extend(self.take_kept(now, change, &mut writes));
                continue;
            }
            let before = self.cluster.problems(&id);
            let keys = self.cluster.take_object(change);
            self.cluster.unsettled.extend(keys);
            if before != self.cluster.problems(&id) {
                judged.insert(id);
            }
        }
        self.addressed(now, addressed, writes, out);
        converted.problems.extend(judged.into_iter().map(|id| (id, Vec::new())));
        self.converted(now, converted, out);
    }

    /// All that is held is to have its copies.
    pub(in crate::node::zone) fn copy_all(&mut self) {
        if self.cluster.environment == Environment::Kubernetes {
            let held = self.catalog.resources().chain(self.replica.resources());
            held.for_each(|resource| self.cluster.copy_of(resource));
        }
    }

    /// What was written is to have its copies.
    pub(super) fn copy(&mut self, written: &[Write]) {
        if self.cluster.environment != Environment::Kubernetes {
            return;
        }
        for write in written {
            // What was written makes more be written, of which this is told first: what is held counts.
            let key = write.key();
            match self.catalog.get(key).or_else(|| self.replica.get(key)).cloned() {
                Some(held) => self.cluster.copy_of(&held),
                None => _ = self.cluster.own.unwant_copy(key),
            }
        }
        self.cluster.own.look_at_orphans();
    }

    /// Asks the API for what is not as it is to be, as far as that may be asked now.
    pub(in crate::node::zone) fn write_objects(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        self.keep();
        while let Some(id) = self.cluster.own.asking.next(now) {
            if !self.cluster.can_be_written(&id) {
                continue;
            }
            match self.next_for(&id) {
                Next::Nothing => {}
                Next::Settled => {
                    self.cluster.own.asking.settled(&id);
                    if self.cluster.own.seen(&id).is_none() {
                        self.cluster.own.is_gone(&id);
                    }
                    self.judge_object(&id, None, out);
                }
                Next::Taken => {
                    let message = "what the zone holds would stand here as a copy, and cannot while this is here".to_owned();
                    self.judge_object(&id, Some(Problem { reason: Reason::NameTaken, message }), out);
                }
                Next::Ask(digest, wish) => {
                    if let Some(at) = self.cluster.own.may_be_written_at(now, &id) {
                        self.cluster.own.asking.wait_until(at, id);
                        continue;
                    }
                    let number = self.cluster.own.asking.ask(id.clone(), digest);
                    self.outbox.effect(ZoneEffect::Kubernetes(Ask { number, id, wish }), out);
                }
            }
        }
    }

    fn next_for(&mut self, id: &ObjectId) -> Next {
        let copy = match self.cluster.own.wanted(id).map(|wanted| wanted.source.clone()) {
            // What it is a copy of went, or has another name, which is heard next.
            Some(source) => match self.copy_from(&source).filter(|copy| copy.id == *id) {
                Some(copy) => Some(copy),
                None => return Next::Nothing,
            },
            None => None,
        };
        if let Some(copy) = &copy {
            self.cluster.own.is_now(id, copy.digest);
        }
        let own = &self.cluster.own;
        match (copy, own.seen(id)) {
            (None, None) => Next::Settled,
            (Some(_), None) if self.cluster.applied.has(id) => Next::Taken,
            (_, Some(seen)) if seen.is_leaving => Next::Nothing,
            (Some(copy), Some(seen)) if seen.says(&copy.digest) => Next::Settled,
            (Some(copy), None) => Next::Ask(Some(copy.digest), Wish::Create(copy.object(None))),
            (Some(copy), Some(seen)) => Next::Ask(Some(copy.digest), Wish::Replace(copy.object(Some((&seen.uid, seen.version))))),
            (None, Some(seen)) if own.has_left(id) || self.may_remove(id) => {
                Next::Ask(None, Wish::Delete { uid: seen.uid.clone(), version: seen.version })
            }
            (None, Some(_)) => {
                self.cluster.own.leave_orphan(id.clone());
                Next::Nothing
            }
        }
    }

    /// Whether a copy can be told to be of nothing that there is: what is made of objects is known, and what global holds.
    fn may_remove(&self, id: &ObjectId) -> bool {
        let ObjectKind::Custom(kind) = id.kind else { return false };
        let is_of_zone = self.cluster.own.seen(id).is_some_and(|seen| seen.is_of_zone);
        let has_it = is_of_zone || self.replica.floor().is_some() || self.peer.has_heard_of(&kind.kind());
        self.cluster.is_whole() && self.cluster.knows_its_history() && has_it
    }

    fn copy_from(&self, source: &Source) -> Option<Copy> {
        let Source::Resource(key) = source else { return self.kept_from(source) };
        let held = self.catalog.get(key).or_else(|| self.replica.get(key))?;
        self.cluster.copy(held)
    }

    fn judge_object(&mut self, id: &ObjectId, problem: Option<Problem>, out: &mut Out<ZoneEffect>) {
        if self.cluster.own.judge(id, problem) {
            self.judged([id.clone()], out);
        }
    }

    /// The API has answered, or somebody has in its place.
    pub(in crate::node::zone) fn kubernetes_answered(&mut self, now: Mono, answered: Answered, out: &mut Out<ZoneEffect>) {
        let Some((id, asked)) = self.cluster.own.asking.answered(answered.number) else { return };
        if !matches!(answered.outcome, Err(NotDone::Unknown { .. })) {
            self.cluster.own.asking.is_there();
        }
        match answered.outcome {
            Ok(seen) => {
                self.cluster.own.asking.settled(&id);
                self.judge_object(&id, None, out);
                match (seen, asked) {
                    (Some(seen), Some(asked)) => self.was_written(now, &id, seen, asked, out),
                    _ => self.cluster.own.leaves(&id),
                }
                self.cluster.own.asking.look(&id);
            }
            // What it is by now will be heard.
            Err(NotDone::Conflict) => self.cluster.own.asking.again(now, id),
            Err(NotDone::AlreadyThere) => {
                self.cluster.own.asking.again(now, id.clone());
                if self.cluster.own.asking.tries(&id) > HEARD_WITHIN && self.cluster.own.seen(&id).is_none() {
                    self.is_taken(now, &id, out);
                }
            }
            Err(NotDone::Refused(why)) => {
                self.cluster.own.asking.refused(now, id.clone());
                let message = format!("the Kubernetes API: {why}");
                self.judge_object(&id, Some(Problem { reason: Reason::NotWritten, message: message.chars().take(600).collect() }), out);
            }
            Err(NotDone::Unknown { why, wait_ms }) => {
                tracing::debug!(object = %id, %why, "the Kubernetes API does not say that it was written");
                self.cluster.own.asking.is_away(now, id, Duration::from_millis(wait_ms));
            }
        }
        self.write_objects(now, out);
    }

    /// There is an object of the name, and nothing is heard of it: it does not say that it is the zone's.
    fn is_taken(&mut self, now: Mono, id: &ObjectId, out: &mut Out<ZoneEffect>) {
        let message = format!("there is an object of this name that does not say that it is the zone's (by the label `{OWN}`)");
        self.judge_object(id, Some(Problem { reason: Reason::NameTaken, message }), out);
        // Of which somebody was told stays.
        if let Some(address) = address_of(id).filter(|address| !self.services.is_told(*address)) {
            let mut writes = Writes::default();
            let addressed = self.services.found(now, address, None, &mut writes);
            self.addressed(now, addressed, writes, out);
        }
    }

    fn was_written(&mut self, now: Mono, id: &ObjectId, seen: Seen, asked: Digest, out: &mut Out<ZoneEffect>) {
        let is_it = match &seen {
            Ok(object) => object.id() == *id,
            Err(unreadable) => unreadable.id == *id,
        };
        if is_it {
            self.take_objects(now, vec![ObjectChange::Put(seen)], Converted::default(), out);
            self.cluster.own.accept(id, asked);
        }
    }
}
