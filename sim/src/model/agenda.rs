//! What will happen, and when: one list, ordered by time and then by when it was put there.
use super::{
    connection::{ConnectionId, Side},
    proxies::ToldProxy,
    questions::Stage,
};
use std::collections::BTreeMap;
use strait_core::{
    Lsn,
    kubernetes::{Answered, Ask, News, ObjectKind},
    node::{FromProxy, GlobalInput, Issue, ProxySession, ZoneInput},
    time::Mono,
};

/// Index of a node: 0 is global, then the zones in the order of their names, then those that may join.
pub(super) type HostId = usize;

/// What will happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A node's deadline is reached.
    Wake(HostId),
    /// A host's sync of its disk has reached this far, if it is still this start of the process.
    Synced { host: HostId, start: u64, upto: Lsn },
    /// The next message towards this end of a connection may arrive.
    Arrival { connection: ConnectionId, at: Side },
    /// One way of a zone's link has carried what was put on it.
    Clear { zone: HostId, to: Side },
    /// This end of a connection may have room for more.
    Room { connection: ConnectionId, at: Side },
    /// A zone has waited for its dial long enough.
    DialTimeout(ConnectionId),
    /// A ping of this end has stayed unanswered, unless the watch was called off.
    PingTimeout { connection: ConnectionId, at: Side, watch: u64 },
    /// What a user or an operator asked of a node.
    Asked { host: HostId, asked: Asked },
    /// A process that was paused takes up the next of what this end of a connection kept for it.
    TakenUp { connection: ConnectionId, at: Side },
    /// A message that was held back arrives, long after its session.
    Late { zone: HostId, input: Box<ZoneInput> },
    /// A crashed process comes back.
    ComesBack(HostId),
    /// A proxy tries to connect to its zone, if it is still this life of it.
    ProxyDials { proxy: usize, life: u64 },
    /// What a proxy says reaches its zone, if it is still this start of the process there.
    ProxySays { host: HostId, start: u64, session: ProxySession, said: Box<FromProxy> },
    /// What its zone says reaches a proxy, on this session.
    ProxyHears { proxy: usize, session: ProxySession, said: ToldProxy },
    /// What was to be issued is, if it is still this start of the process.
    Issues { host: HostId, start: u64, issue: Box<Issue> },
    /// Something happens in a cluster.
    Cluster(usize),
    /// A zone control plane asks its cluster for a kind, if it is still this start of the process.
    Follows { cluster: usize, start: u64, kind: ObjectKind },
    /// A zone control plane asks which kinds of the mesh its cluster has, likewise.
    Defines { cluster: usize, start: u64 },
    /// What a zone control plane asks its cluster reaches that.
    Writes { cluster: usize, start: u64, ask: Box<Ask> },
    /// The answer reaches it, if it is still this start of the process.
    Wrote { host: HostId, start: u64, answered: Box<Answered> },
    /// What a cluster says reaches its zone control plane, if it is still this start of the process.
    News { host: HostId, start: u64, news: Box<News> },
    /// A question gets on.
    Question { number: u64, stage: Stage },
    /// A process whose store failed, or that found no disk to read, is brought back, if it is still this start.
    Recovers { host: HostId, start: u64 },
}

/// What a user or an operator asked.
#[derive(Debug)]
pub(super) enum Asked {
    Global(Box<GlobalInput>),
    Zone(Box<ZoneInput>),
}

/// A place on the agenda.
pub(super) type Slot = (Mono, u64);

/// What will happen, in order.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    slots: BTreeMap<Slot, Happening>,
    sequence: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Mono, what: Happening) -> Slot {
        self.sequence += 1;
        self.slots.insert((at, self.sequence), what);
        (at, self.sequence)
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        self.slots.remove(&slot);
    }

    /// Takes what happens next, if that is not after `until`.
    pub(super) fn next(&mut self, until: Mono) -> Option<(Slot, Happening)> {
        let entry = self.slots.first_entry().filter(|entry| entry.key().0 <= until)?;
        Some(entry.remove_entry())
    }
}
