//! What each provider has sent on its sessions and has had no answer to yet.
use crate::event::NodeId;
use std::collections::{BTreeMap, VecDeque};
use strait_core::{
    resource::Kind,
    sync::{Dialect, Nonce, Session},
    time::Mono,
};

/// All sessions, as each end sees them.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: BTreeMap<NodeId, BTreeMap<Session, Unanswered>>,
    /// How many full transfers of global's are under way.
    snapshots: u64,
}

/// What was sent on one session and not answered.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(super) other: NodeId,
    pub(crate) dialect: Dialect,
    sent: VecDeque<Sent>,
    bytes: u64,
    /// How many of it are parts of a full transfer.
    whole: usize,
    /// Since when this session is sent everything.
    whole_since: Option<Mono>,
    provided: bool,
}

#[derive(Debug)]
struct Sent {
    kind: Kind,
    nonce: Nonce,
    bytes: u64,
    /// It is a part of a full transfer.
    whole: bool,
}

impl Sessions {
    pub(super) fn open(&mut self, node: &NodeId, session: Session, unanswered: Unanswered) {
        self.open.entry(node.clone()).or_default().insert(session, unanswered);
    }

    pub(super) fn close(&mut self, node: &NodeId, session: Session) {
        let closed = self.open.get_mut(node).and_then(|open| open.remove(&session));
        self.over(node, closed);
    }

    pub(super) fn forget(&mut self, node: &NodeId) {
        let closed = self.open.remove(node).unwrap_or_default();
        closed.into_values().for_each(|closed| self.over(node, Some(closed)));
    }

    fn over(&mut self, node: &NodeId, closed: Option<Unanswered>) {
        let was_snapshot = *node == NodeId::Global && closed.is_some_and(|closed| closed.is_snapshot());
        self.snapshots -= u64::from(was_snapshot);
    }

    pub(super) fn get(&self, node: &NodeId, session: Session) -> Option<&Unanswered> {
        self.open.get(node)?.get(&session)
    }

    /// Changes one, if the session is open. Returns whether a full transfer of global's began by that.
    pub(super) fn change(&mut self, node: &NodeId, session: Session, change: impl FnOnce(&mut Unanswered)) -> bool {
        let Some(unanswered) = self.open.get_mut(node).and_then(|open| open.get_mut(&session)) else {
            return false;
        };
        let before = unanswered.is_snapshot();
        change(unanswered);
        let after = unanswered.is_snapshot();
        if *node != NodeId::Global || before == after {
            return false;
        }
        self.snapshots = if after { self.snapshots + 1 } else { self.snapshots - 1 };
        after
    }

    /// All that are open at a node.
    pub(super) fn of(&self, node: &NodeId) -> impl Iterator<Item = &Unanswered> {
        self.open.get(node).into_iter().flat_map(BTreeMap::values)
    }

    /// How many are open at a node.
    pub(super) fn count(&self, node: &NodeId) -> u64 {
        self.open.get(node).map_or(0, |open| open.len() as u64)
    }

    /// How many full transfers of global's are under way.
    pub(super) fn snapshots(&self) -> u64 {
        self.snapshots
    }

    /// How many of them began later than then.
    pub(super) fn snapshots_since(&self, then: Mono) -> usize {
        let is_late = |unanswered: &&Unanswered| unanswered.is_snapshot() && unanswered.whole_since.is_some_and(|since| since > then);
        self.of(&NodeId::Global).filter(is_late).count()
    }
}

impl Unanswered {
    pub(super) fn to(other: NodeId, dialect: Dialect) -> Self {
        Self { other, dialect, sent: VecDeque::new(), bytes: 0, whole: 0, whole_since: None, provided: false }
    }

    pub(super) fn sent(&mut self, at: Mono, kind: &Kind, nonce: &Nonce, bytes: u64, whole: bool) {
        self.provided = true;
        // Answers to all that was sent so far do not end a transfer; a change does, which follows it.
        self.whole_since = if whole { self.whole_since.or(Some(at)) } else { None };
        self.bytes += bytes;
        self.whole += usize::from(whole);
        self.sent.push_back(Sent { kind: kind.clone(), nonce: nonce.clone(), bytes, whole });
    }

    /// In one transfer an answer stands for those before it too; towards a plain Kuma each stands for itself.
    pub(super) fn answered(&mut self, nonce: &Nonce) {
        let Some(at) = self.sent.iter().position(|sent| sent.nonce == *nonce) else {
            return;
        };
        let from = if self.dialect == Dialect::Strait { 0 } else { at };
        for sent in self.sent.drain(from..=at) {
            self.bytes -= sent.bytes;
            self.whole -= usize::from(sent.whole);
        }
    }

    /// Nobody waits any more for answers to what was sent of this kind, or of all.
    pub(super) fn forget(&mut self, kind: Option<&Kind>) {
        self.sent.retain(|sent| kind.is_some_and(|kind| sent.kind != *kind));
        self.bytes = self.sent.iter().map(|sent| sent.bytes).sum();
        self.whole = self.sent.iter().filter(|sent| sent.whole).count();
    }

    /// Whether anything was ever provided on it.
    pub(super) fn has_provided(&self) -> bool {
        self.provided
    }

    /// Whether a full transfer is under way.
    pub(super) fn is_snapshot(&self) -> bool {
        self.whole > 0
    }

    /// All that was not answered.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many responses were not answered.
    pub(crate) fn count(&self) -> usize {
        self.sent.len()
    }

    /// How many of a kind were not answered.
    pub(crate) fn of_kind(&self, kind: &Kind) -> usize {
        self.sent.iter().filter(|sent| sent.kind == *kind).count()
    }
}
