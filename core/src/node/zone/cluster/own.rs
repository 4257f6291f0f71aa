//! Objects of the cluster that are the zone's to write: as they are to be, and as they were seen.
//!
//! What was written may come back in another form, which a cluster is free to give it. So it is remembered for which content which form came back:
//! an object that has either is as it is to be.
use super::asking::{Asking, patience};
use crate::{
    kubernetes::{Digest, ObjectId, ObjectKind, Problem},
    resource::Key,
    time::Mono,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::Duration,
};

/// All of them.
#[derive(Debug, Default)]
pub(super) struct OwnObjects {
    pub(super) asking: Asking,
    wanted: BTreeMap<ObjectId, Wanted>,
    of: BTreeMap<Key, ObjectId>,
    seen: BTreeMap<ObjectId, SeenOne>,
    /// Objects that were wanted and are not any more, and may be there.
    left: BTreeSet<ObjectId>,
    /// Objects that nobody here knows, and that are left until all is known here.
    orphans: BTreeSet<ObjectId>,
    problems: BTreeMap<ObjectId, Problem>,
}

/// How an object is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) digest: Digest,
    pub(super) source: Source,
}

/// From where its content comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It is a copy of this resource.
    Resource(Key),
    /// It says whose this address is.
    Address(Ipv4Addr),
    /// It says how far the history of the zone has come.
    History,
}

/// How it was seen.
#[derive(Clone, Debug)]
pub(super) struct SeenOne {
    pub(super) uid: String,
    pub(super) version: u64,
    digest: Digest,
    /// What was asked for, and what came back.
    accepted: Option<(Digest, Digest)>,
    /// How often it was replaced of late, and when last.
    written: (u32, Mono),
    /// It was asked to be deleted.
    pub(super) is_leaving: bool,
    /// It says that it is a copy of what this zone made.
    pub(super) is_of_zone: bool,
}

impl SeenOne {
    /// Whether it is as it is to be.
    pub(super) fn says(&self, wanted: &Digest) -> bool {
        self.digest == *wanted || self.accepted == Some((*wanted, self.digest))
    }
}

/// So often it is put back at once that somebody edits an object. Whoever does so again and again is not outrun.
const PUT_BACK_AT_ONCE: u32 = 3;
/// After so long that counts anew.
const PUT_BACK_REMEMBERED: Duration = Duration::from_secs(600);
/// So often an object that is to be another is replaced at once, and for so long that counts.
const REPLACED_AT_ONCE: u32 = 20;
const REPLACED_REMEMBERED: Duration = Duration::from_secs(60);

impl OwnObjects {
    /// None. `first_ask`: the number of what is asked first.
    pub(super) fn new(first_ask: u64) -> Self {
        Self { asking: Asking::new(first_ask), ..Self::default() }
    }

    /// An object is to be so.
    pub(super) fn want(&mut self, id: ObjectId, wanted: Wanted) {
        if let Source::Resource(key) = &wanted.source
            && let Some(before) = self.of.insert(key.clone(), id.clone()).filter(|before| *before != id)
        {
            self.unwant(&before);
        }
        self.left.remove(&id);
        if self.wanted.get(&id) != Some(&wanted) {
            self.wanted.insert(id.clone(), wanted);
            self.asking.open(&id);
        }
    }

    /// There is to be no copy of a resource.
    pub(super) fn unwant_copy(&mut self, key: &Key) -> Option<ObjectId> {
        let id = self.of.remove(key)?;
        // Another resource may have its name.
        if self.wanted.get(&id).is_some_and(|wanted| wanted.source == Source::Resource(key.clone())) {
            self.unwant(&id);
        }
        Some(id)
    }

    /// There is to be none of this name any more.
    pub(super) fn unwant(&mut self, id: &ObjectId) {
        if self.wanted.remove(id).is_none() {
            return;
        }
        if self.seen.contains_key(id) || self.asking.is_busy(id) {
            self.left.insert(id.clone());
        }
        self.asking.open(id);
    }

    /// What it is to say is this, by what is held: which may be heard of before that was told.
    pub(super) fn is_now(&mut self, id: &ObjectId, digest: Digest) {
        self.wanted.entry(id.clone()).and_modify(|wanted| wanted.digest = digest);
    }

    /// It is somebody else's to say what it is.
    pub(super) fn disown(&mut self, id: &ObjectId) {
        self.wanted.remove(id);
        self.left.remove(id);
        self.asking.settled(id);
    }

    pub(super) fn wanted(&self, id: &ObjectId) -> Option<&Wanted> {
        self.wanted.get(id)
    }

    pub(super) fn seen(&self, id: &ObjectId) -> Option<&SeenOne> {
        self.seen.get(id)
    }

    pub(super) fn seen_ids(&self) -> impl Iterator<Item = &ObjectId> {
        self.seen.keys()
    }

    /// An object was seen that is ours.
    pub(super) fn see(&mut self, id: &ObjectId, uid: String, version: u64, digest: Digest, is_of_zone: bool) {
        let before = self.seen.remove(id).filter(|before| before.uid == uid);
        let seen = match before {
            Some(before) => SeenOne { version, digest, is_of_zone, ..before },
            None => SeenOne { uid, version, digest, accepted: None, written: (0, Mono(0)), is_leaving: false, is_of_zone },
        };
        self.seen.insert(id.clone(), seen);
        self.asking.look(id);
    }

    /// It is there, and in a form that cannot be read.
    pub(super) fn see_unreadable(&mut self, id: &ObjectId, version: u64) {
        if let Some(seen) = self.seen.get_mut(id) {
            (seen.version, seen.digest, seen.accepted) = (version, Digest::default(), None);
            self.asking.look(id);
        }
    }

    /// When an object that was seen may be written again: what somebody else has changed, perhaps, or what is to be another. `None`: now.
    pub(super) fn may_be_written_at(&mut self, now: Mono, id: &ObjectId) -> Option<Mono> {
        let wanted = self.wanted.get(id).map(|wanted| wanted.digest);
        let seen = self.seen.get_mut(id)?;
        let is_put_back = seen.accepted.map(|(asked, _)| asked) == wanted;
        let (at_once, remembered) =
            if is_put_back { (PUT_BACK_AT_ONCE, PUT_BACK_REMEMBERED) } else { (REPLACED_AT_ONCE, REPLACED_REMEMBERED) };
        let (mut times, last) = seen.written;
        if now.since(last) > remembered {
            times = 0;
        }
        let at = last.after(patience(times.saturating_sub(at_once)));
        if times >= at_once && at > now {
            return Some(at);
        }
        seen.written = (times + 1, now);
        None
    }

    /// What was asked for came back so.
    pub(super) fn accept(&mut self, id: &ObjectId, asked: Digest) {
        if let Some(seen) = self.seen.get_mut(id) {
            seen.accepted = Some((asked, seen.digest));
        }
    }

    /// It was deleted, or will be.
    pub(super) fn leaves(&mut self, id: &ObjectId) {
        if let Some(seen) = self.seen.get_mut(id) {
            seen.is_leaving = true;
        }
    }

    /// It is there no more, or is somebody else's.
    pub(super) fn unsee(&mut self, id: &ObjectId) {
        self.seen.remove(id);
        self.orphans.remove(id);
        self.asking.look(id);
    }

    /// Nothing is known of what there is of a kind.
    pub(super) fn forget(&mut self, kind: ObjectKind) {
        self.seen.retain(|id, _| id.kind != kind);
        self.orphans.retain(|id| id.kind != kind);
    }

    /// Whatever comes of a kind from now on is newer than what is known of it.
    pub(super) fn forget_versions(&mut self, kind: ObjectKind) {
        self.seen.iter_mut().filter(|(id, _)| id.kind == kind).for_each(|(_, seen)| seen.version = 0);
    }

    /// All of a kind are looked at, also what waits: nothing was known of them before.
    pub(super) fn look_at_all(&mut self, kind: ObjectKind) {
        let of_kind: Vec<ObjectId> = self.wanted.keys().chain(self.seen.keys()).filter(|id| id.kind == kind).cloned().collect();
        of_kind.iter().for_each(|id| self.asking.open(id));
    }

    /// Nobody here knows an object that says that it is ours: it is left, for now.
    pub(super) fn leave_orphan(&mut self, id: ObjectId) {
        self.orphans.insert(id);
    }

    /// What is known here has changed: whom nobody knew may be looked at again.
    pub(super) fn look_at_orphans(&mut self) {
        for id in std::mem::take(&mut self.orphans) {
            self.asking.look(&id);
        }
    }

    /// Whether it was wanted once, and is not any more.
    pub(super) fn has_left(&self, id: &ObjectId) -> bool {
        self.left.contains(id)
    }

    /// There is nothing of this name, and nothing is to be.
    pub(super) fn is_gone(&mut self, id: &ObjectId) {
        if !self.asking.is_busy(id) {
            self.left.remove(id);
        }
    }

    /// Takes note of what keeps it from being written. Whether that is different.
    pub(super) fn judge(&mut self, id: &ObjectId, problem: Option<Problem>) -> bool {
        if self.problems.get(id) == problem.as_ref() {
            return false;
        }
        match problem {
            Some(problem) => self.problems.insert(id.clone(), problem),
            None => self.problems.remove(id),
        };
        true
    }

    pub(super) fn problem(&self, id: &ObjectId) -> Option<&Problem> {
        self.problems.get(id)
    }
}
