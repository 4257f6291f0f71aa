//! When the API is asked for what: a few things at a time, each again after a while if it was not done, and nothing while it does not answer.
use crate::{
    kubernetes::{Digest, ObjectId},
    time::Mono,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// So many things are asked at a time.
const AT_A_TIME: usize = 8;
/// How long the first wait is; each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// How long one waits for an API that does not answer, or for news of an object that was written by somebody else meanwhile.
const LONGEST: Duration = Duration::from_secs(30);
/// How long one waits before what was refused is asked for again: somebody may have allowed it.
const LONGEST_REFUSED: Duration = Duration::from_secs(300);

/// What is to be asked, and what is under way.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// Objects that may not be as they are to be.
    open: BTreeSet<ObjectId>,
    /// With what it is to say.
    under_way: BTreeMap<u64, (ObjectId, Option<Digest>)>,
    /// The objects of those.
    busy: BTreeSet<ObjectId>,
    later: BTreeSet<(Mono, ObjectId)>,
    tries: BTreeMap<ObjectId, Tries>,
    /// While the API does not answer: how often that was, and until when nothing is asked.
    pause: Option<(u32, Mono)>,
    next: u64,
}

#[derive(Debug)]
struct Tries {
    count: u32,
    at: Mono,
}

impl Asking {
    /// Numbers begin somewhere else after each start: no answer of an earlier process is taken for one of this.
    pub(super) fn new(first: u64) -> Self {
        Self { next: first, ..Self::default() }
    }

    /// It may not be as it is to be. What waits until it is asked for again waits no more.
    pub(super) fn open(&mut self, id: &ObjectId) {
        self.forget(id);
        self.open.insert(id.clone());
    }

    /// News came of it. What waits goes on to wait: it was written by somebody else, again and again, perhaps.
    pub(super) fn look(&mut self, id: &ObjectId) {
        let waits = self.tries.get(id).is_some_and(|tries| self.later.contains(&(tries.at, id.clone())));
        if !waits {
            self.open.insert(id.clone());
        }
    }

    /// It is as it is to be.
    pub(super) fn settled(&mut self, id: &ObjectId) {
        self.forget(id);
    }

    fn forget(&mut self, id: &ObjectId) {
        if let Some(tries) = self.tries.remove(id) {
            self.later.remove(&(tries.at, id.clone()));
        }
    }

    /// The next that may be asked for.
    pub(super) fn next(&mut self, now: Mono) -> Option<ObjectId> {
        while let Some((at, _)) = self.later.first()
            && *at <= now
        {
            self.open.extend(self.later.pop_first().map(|(_, id)| id));
        }
        if self.under_way.len() >= AT_A_TIME || self.pause.is_some_and(|(_, until)| until > now) {
            return None;
        }
        // While the API may still be away, one asks for all.
        if self.pause.is_some() && !self.under_way.is_empty() {
            return None;
        }
        let id = self.open.iter().find(|id| !self.busy.contains(*id)).cloned()?;
        self.open.remove(&id);
        Some(id)
    }

    /// Asks for it. Gives back the number.
    pub(super) fn ask(&mut self, id: ObjectId, digest: Option<Digest>) -> u64 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.busy.insert(id.clone());
        self.under_way.insert(number, (id, digest));
        number
    }

    /// An answer came, of whatever sort. `None`: nobody asked, or it came before.
    pub(super) fn answered(&mut self, number: u64) -> Option<(ObjectId, Option<Digest>)> {
        let (id, digest) = self.under_way.remove(&number)?;
        self.busy.remove(&id);
        Some((id, digest))
    }

    /// Whether something is under way for it.
    pub(super) fn is_busy(&self, id: &ObjectId) -> bool {
        self.busy.contains(id)
    }

    /// The API answers.
    pub(super) fn is_there(&mut self) {
        self.pause = None;
    }

    /// The API does not answer: everything waits, this first.
    pub(super) fn is_away(&mut self, now: Mono, id: ObjectId, at_least: Duration) {
        self.open.insert(id);
        // What was asked at the same time says nothing more.
        let (times, until) = match self.pause {
            Some((times, until)) if until > now => (times, until),
            Some((times, _)) => (times + 1, now.after(wait(times, LONGEST))),
            None => (1, now.after(wait(0, LONGEST))),
        };
        self.pause = Some((times, until.max(now.after(at_least))));
    }

    /// It was not done, since it is not as it was known to be: it is asked for again after a while.
    pub(super) fn again(&mut self, now: Mono, id: ObjectId) {
        self.wait_for(now, id, LONGEST);
    }

    /// It is refused.
    pub(super) fn refused(&mut self, now: Mono, id: ObjectId) {
        self.wait_for(now, id, LONGEST_REFUSED);
    }

    /// How often it was not done since it was last done.
    pub(super) fn tries(&self, id: &ObjectId) -> u32 {
        self.tries.get(id).map_or(0, |tries| tries.count)
    }

    /// It waits until then.
    pub(super) fn wait_until(&mut self, at: Mono, id: ObjectId) {
        self.forget(&id);
        self.later.insert((at, id.clone()));
        self.tries.insert(id, Tries { count: 0, at });
    }

    fn wait_for(&mut self, now: Mono, id: ObjectId, longest: Duration) {
        let count = self.tries.get(&id).map_or(0, |tries| tries.count);
        self.forget(&id);
        self.open.remove(&id);
        let at = now.after(wait(count, longest));
        self.later.insert((at, id.clone()));
        self.tries.insert(id, Tries { count: count + 1, at });
    }

    /// When something may be asked for again.
    pub(super) fn deadline(&self) -> Option<Mono> {
        let paused = self.pause.map(|(_, until)| until);
        if paused.is_some() {
            return paused.filter(|_| self.under_way.is_empty() && !(self.open.is_empty() && self.later.is_empty()));
        }
        self.later.first().map(|(at, _)| *at)
    }
}

/// How long to wait after so many times.
pub(super) fn patience(times: u32) -> Duration {
    wait(times, LONGEST)
}

fn wait(times: u32, longest: Duration) -> Duration {
    FIRST_WAIT.saturating_mul(1 << times.min(16)).min(longest)
}
