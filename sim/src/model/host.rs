//! A host: its disk, and the process that runs on it, if one does.
use super::{agenda::Slot, connection::ConnectionId, pause::Paused};
use crate::{build::Build, clock, disk::Disk, refusals::Refusals};
use std::collections::BTreeMap;
use strait_core::{
    Durable, Emit, Lsn, Out, RecoverError, Seed,
    node::{Environment, Observation},
    sync::{Dialect, Session},
    time::{Mono, Now},
};
use strait_scenarios::{
    event::{DiskProvenance, Emits, NodeId},
    limits::Limits,
    sabotage::{GlobalActor, ZoneActor},
    world::{StoreKind, Unstored},
};
use strait_shell::testbed::HostClock;

/// A host with one control plane on it.
pub(super) struct Host {
    pub(super) id: NodeId,
    dialect: Dialect,
    environment: Environment,
    pub(super) limits: Limits,
    seed: Seed,
    pub(super) disk: Disk,
    pub(super) provenance: DiskProvenance,
    /// Without power not even the kernel answers.
    pub(super) powered: bool,
    /// How often a process was started here; names the process.
    pub(super) starts: u64,
    pub(super) process: Option<Process>,
    /// No process could start, because the disk gave nothing: it is tried again.
    pub(super) retries: bool,
    /// Whether it has crashed, and is brought back in a moment.
    pub(super) comes_back: bool,
    last_session: u64,
    pub(super) sessions: BTreeMap<Session, ConnectionId>,
    pub(super) crash: Option<Crash>,
    /// The process stands still.
    pub(super) paused: Option<Paused>,
    pub(super) clock: HostClock,
    pub(super) refusals: Refusals,
}

/// A running control plane.
pub(super) struct Process {
    pub(super) actor: Actor,
    pub(super) wake: Option<Slot>,
    pub(super) ticked_at: Option<Mono>,
    pub(super) submitted: Lsn,
    pub(super) syncing: bool,
    /// Its store failed: it writes nothing any more.
    pub(super) failed: bool,
}

/// A control plane behind its interface: ours or Kuma's, with a sabotage around it or none.
pub(super) enum Actor {
    Global(GlobalActor),
    Zone(ZoneActor),
}

/// A crash that is to come.
pub(super) struct Crash {
    /// After so many more emits.
    pub(super) after: u64,
    pub(super) unstored: Unstored,
}

impl Host {
    /// A seed that no other process has.
    pub(super) fn seed_of_start(&self) -> Seed {
        self.seed.fork(&format!("start {}", self.starts))
    }

    pub(super) fn new(
        id: NodeId,
        (dialect, environment): (Dialect, Environment),
        store: StoreKind,
        limits: Limits,
        refusals: Refusals,
        seed: Seed,
    ) -> Self {
        Self {
            id,
            dialect,
            environment,
            limits,
            seed,
            disk: Disk::keeping(store, seed.fork("disk").rng()),
            provenance: DiskProvenance::Own,
            powered: true,
            starts: 0,
            process: None,
            retries: false,
            comes_back: false,
            last_session: 0,
            sessions: BTreeMap::new(),
            crash: None,
            paused: None,
            clock: clock::right(),
            refusals,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A number for a session that this host has never used, not even in an earlier process.
    pub(super) fn new_session(&mut self, connection: ConnectionId) -> Session {
        self.last_session += 1;
        let session = Session(self.last_session);
        self.sessions.insert(session, connection);
        session
    }

    /// Brings the control plane to life from what its disk gave.
    pub(super) fn recover(&self, now: Now, durable: &Durable, wrong: Option<&str>) -> Result<(Actor, Emits), RecoverError> {
        let seed = self.seed_of_start();
        let (refusals, sabotage) = (self.refusals.clone(), wrong.map(str::to_owned));
        let build = Build { dialect: self.dialect, environment: self.environment, limits: self.limits, sabotage, refusals };
        match &self.id {
            NodeId::Global => {
                let mut out = Out::new();
                let node = build.global(seed, now, durable, &mut out)?;
                Ok((Actor::Global(node), Emits::Global(out.take())))
            }
            NodeId::Zone(zone) | NodeId::Joined { zone, .. } => {
                let mut out = Out::new();
                let node = build.zone(zone, seed, now, durable, &mut out)?;
                Ok((Actor::Zone(node), Emits::Zone(out.take())))
            }
        }
    }

    /// Counts emits down to a crash that is to come. Those beyond it never leave; then its outcome for the disk is returned.
    pub(super) fn cut_by_crash<E>(&mut self, emits: &mut Vec<Emit<E>>) -> Option<Unstored> {
        let crash = self.crash.as_mut()?;
        let count = emits.len() as u64;
        if crash.after > count {
            crash.after -= count;
            return None;
        }
        emits.truncate(usize::try_from(crash.after).unwrap_or(usize::MAX));
        self.crash.take().map(|crash| crash.unstored)
    }
}

impl Process {
    pub(super) fn new(actor: Actor) -> Self {
        Self { actor, wake: None, ticked_at: None, submitted: Lsn(0), syncing: false, failed: false }
    }
}

impl Actor {
    pub(super) fn deadline(&self) -> Option<Mono> {
        match self {
            Self::Global(node) => node.deadline(),
            Self::Zone(node) => node.deadline(),
        }
        .map(|(at, _)| at)
    }

    pub(super) fn observe(&self) -> &Observation {
        match self {
            Self::Global(node) => node.observe(),
            Self::Zone(node) => node.observe(),
        }
    }
}
