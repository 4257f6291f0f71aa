//! One session of a Kuma: what it provides, what it consumes, and the clock by which it looks at its own database.
use super::{
    consumer::Consumer,
    provider::{Provider, Versions},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use strait_core::{node::LaneStatus, resource::Kind, time::Mono};

/// How often a provider looks for changes, counted from the first request of a session.
const REFRESH_EVERY: Duration = Duration::from_secs(1);

/// One session.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) provider: Provider,
    pub(super) consumer: Consumer,
    watching_since: Option<Mono>,
    /// Kinds of which something changed since the last look.
    changed: BTreeSet<Kind>,
    look_at: Option<Mono>,
    told: LaneStatus,
}

impl Talk {
    /// One whose kinds are sent in this order.
    pub(super) fn in_order(order: u64) -> Self {
        Self { provider: Provider::in_order(order), ..Self::default() }
    }

    /// When to look at the database next. Without changes there is nothing to see, so the model does not wake for it.
    pub(super) fn look_at(&self) -> Option<Mono> {
        self.look_at
    }

    /// The consumer asks for a kind. The first time, the database is looked at right away.
    pub(super) fn subscribe(&mut self, now: Mono, kind: Kind, provided: &[Kind], list: &dyn Fn(&Kind) -> Versions) {
        self.provider.subscribe(kind);
        if self.watching_since.is_none() {
            self.watching_since = Some(now);
            self.look(provided, list);
        }
    }

    /// Something was written.
    pub(super) fn touch(&mut self, now: Mono, kinds: &BTreeSet<Kind>, provided: &[Kind]) {
        let Some(since) = self.watching_since else {
            return;
        };
        self.changed.extend(kinds.iter().filter(|kind| provided.contains(kind)).cloned());
        if !self.changed.is_empty() && self.look_at.is_none() {
            let every = REFRESH_EVERY.as_millis() as u64;
            let passed = now.0.saturating_sub(since.0) / every + 1;
            self.look_at = Some(Mono(since.0 + passed * every));
        }
    }

    /// Looks if it is time.
    pub(super) fn wake(&mut self, now: Mono, provided: &[Kind], list: &dyn Fn(&Kind) -> Versions) {
        if self.look_at.is_some_and(|at| at <= now) {
            self.look(provided, list);
        }
    }

    fn look(&mut self, provided: &[Kind], list: &dyn Fn(&Kind) -> Versions) {
        let changed = std::mem::take(&mut self.changed);
        self.look_at = None;
        let all = !self.provider.has_snapshot();
        let kinds = provided.iter().filter(|kind| all || changed.contains(kind));
        self.provider.refresh(kinds.map(|kind| (kind.clone(), Arc::new(list(kind)))));
    }

    /// What has become different about the lane on which this end provides.
    pub(super) fn news(&mut self, now: Mono) -> Option<LaneStatus> {
        let settled = self.provider.is_settled() && self.changed.is_empty();
        if settled == self.told.settled {
            return None;
        }
        self.told.settled = settled;
        if settled {
            self.told.current_at = Some(now);
        }
        Some(self.told.clone())
    }

    /// The lane on which this end provides, as it was last told.
    pub(super) fn status(&self) -> LaneStatus {
        self.told.clone()
    }

    /// The same lane once the session has ended.
    pub(super) fn farewell(self) -> LaneStatus {
        LaneStatus { settled: false, ..self.told }
    }
}
