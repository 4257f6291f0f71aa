//! The timers of a node: one table, by what they are for; the next one is its minimum, with a reason.
use crate::time::Mono;
use std::collections::{BTreeMap, BTreeSet};

/// At most one timer per `K`.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    timers: BTreeMap<K, (Mono, &'static str)>,
    order: BTreeSet<(Mono, K)>,
}

impl<K: Clone + Ord> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Self { timers: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// Sets the timer of `key`, or clears it.
    pub(crate) fn set(&mut self, key: &K, deadline: Option<(Mono, &'static str)>) {
        if self.timers.get(key) == deadline.as_ref() {
            return;
        }
        if let Some((at, _)) = self.timers.remove(key) {
            self.order.remove(&(at, key.clone()));
        }
        if let Some((at, why)) = deadline {
            self.timers.insert(key.clone(), (at, why));
            self.order.insert((at, key.clone()));
        }
    }

    /// The next one, and what it is for.
    pub(crate) fn next(&self) -> Option<(Mono, &'static str)> {
        self.order.first().and_then(|(_, key)| self.timers.get(key)).copied()
    }

    /// Takes one that is due.
    pub(crate) fn take_due(&mut self, now: Mono) -> Option<K> {
        let key = self.order.first().filter(|(at, _)| *at <= now).map(|(_, key)| key.clone())?;
        self.set(&key, None);
        Some(key)
    }
}
