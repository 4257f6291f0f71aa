//! What happened in a world: the only thing invariants judge by.
//!
//! Events come from the outside of the nodes: what was handed to a node, what it caused, what its disk really held at that
//! moment. Messages that crossed a link appear twice: as an effect where they left, as an input where they arrived.
use crate::workload::AtWorkload;
use serde::{Deserialize, Serialize};
use std::fmt;
use strait_core::{
    Batch, Durable, Emit, Lsn, Step,
    node::{GlobalEffect, GlobalInput, Observation, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Mono,
};

/// A control plane in a world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeId {
    /// The global control plane.
    Global,
    /// A zone control plane: the one that had this name first.
    Zone(ZoneName),
    /// A second control plane that claims the name of a zone.
    Joined {
        /// What it is called in the scenario, and its link with it.
        called: ZoneName,
        /// The name that it claims.
        zone: ZoneName,
    },
}

impl NodeId {
    /// The name under which it connects; `None` for global.
    pub fn zone(&self) -> Option<&ZoneName> {
        match self {
            Self::Global => None,
            Self::Zone(zone) | Self::Joined { zone, .. } => Some(zone),
        }
    }

    /// The name of its link to global; `None` for global.
    pub fn link(&self) -> Option<&ZoneName> {
        match self {
            Self::Global => None,
            Self::Zone(link) | Self::Joined { called: link, .. } => Some(link),
        }
    }

    /// The part that it plays, whoever else claims to play it: global, or its zone.
    pub fn part(&self) -> Self {
        self.zone().map_or(Self::Global, |zone| Self::Zone(zone.clone()))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.link().map_or("global", ZoneName::as_str))
    }
}

/// Something that happened at one node.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, in the world's protocol time.
    pub at: Mono,
    /// Where.
    pub node: NodeId,
    /// The last batch of this process that its disk would give back after a power loss at this moment. Asked of the disk, not of the node.
    pub synced: Lsn,
    /// Who really dialled, where global was handed a session that opened.
    pub caller: Option<NodeId>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A process started and recovered from its disk.
    Started {
        /// What the disk gave.
        durable: Box<Durable>,
        /// What the node made of it.
        observation: Box<Observation>,
        /// What recovering caused.
        emits: Emits,
        /// Where the disk's content comes from.
        disk: DiskProvenance,
    },
    /// A node refused to start from its disk.
    RefusedToStart {
        /// Why.
        why: String,
    },
    /// A process ended.
    Stopped {
        /// How.
        how: StopHow,
    },
    /// A process stands still: it takes no step, and its kernel goes on.
    Paused,
    /// It goes on, and finds what came meanwhile.
    Resumed,
    /// A node took a step.
    Stepped(Stepped),
    /// Something happened at a workload of the zone.
    Workload(AtWorkload),
}

/// Where a disk's content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskProvenance {
    /// The node wrote it itself.
    Own,
    /// It was emptied.
    Emptied,
    /// It is the backup of this name.
    Restored(String),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopHow {
    /// The process was killed; the kernel closes its connections, and what it wrote reaches the disk.
    Killed,
    /// The host lost power: connections fall silent, what was not synced is lost or torn.
    PowerLoss,
    /// The store refused a batch, so the process restarts through recovery.
    StoreFailed,
}

/// One step of one node, with everything it caused.
#[derive(Clone, Debug)]
pub enum Stepped {
    /// Of a global.
    Global {
        /// What was handed in.
        step: Step<GlobalInput>,
        /// What it caused, in order.
        emits: Vec<Emit<GlobalEffect>>,
    },
    /// Of a zone.
    Zone {
        /// What was handed in.
        step: Step<ZoneInput>,
        /// What it caused, in order.
        emits: Vec<Emit<ZoneEffect>>,
    },
}

/// What recovering caused.
#[derive(Clone, Debug)]
pub enum Emits {
    /// Of a global.
    Global(Vec<Emit<GlobalEffect>>),
    /// Of a zone.
    Zone(Vec<Emit<ZoneEffect>>),
}

impl Event {
    /// How much its node emitted.
    pub fn emits(&self) -> u64 {
        let count = match &self.what {
            What::Started { emits: Emits::Global(emits), .. } | What::Stepped(Stepped::Global { emits, .. }) => emits.len(),
            What::Started { emits: Emits::Zone(emits), .. } | What::Stepped(Stepped::Zone { emits, .. }) => emits.len(),
            What::RefusedToStart { .. } | What::Stopped { .. } | What::Paused | What::Resumed | What::Workload(_) => 0,
        };
        count as u64
    }

    /// The batches that this event submitted to the store.
    pub fn batches(&self) -> Vec<&Batch> {
        fn of<E>(emits: &[Emit<E>]) -> Vec<&Batch> {
            emits.iter().filter_map(|emit| if let Emit::Store(batch) = emit { Some(batch) } else { None }).collect()
        }
        match &self.what {
            What::Started { emits: Emits::Global(emits), .. } | What::Stepped(Stepped::Global { emits, .. }) => of(emits),
            What::Started { emits: Emits::Zone(emits), .. } | What::Stepped(Stepped::Zone { emits, .. }) => of(emits),
            What::RefusedToStart { .. } | What::Stopped { .. } | What::Paused | What::Resumed | What::Workload(_) => Vec::new(),
        }
    }
}
