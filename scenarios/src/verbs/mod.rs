//! The verbs: what a scenario can do, one file each, made of the primitives that every world has.
mod accept;
mod admit;
mod adopt;
mod api;
mod apply;
mod backup;
mod churn;
mod crash;
mod cut;
mod cut_oneway;
mod decision;
mod delete;
mod disable;
mod disk;
mod downgrade;
mod duplicate_late;
mod enable;
mod flap;
mod heal;
mod join;
mod kill;
mod kubectl;
mod link;
mod move_ingress;
mod pause;
mod power_loss;
mod reject;
mod remove;
mod request;
mod resolve;
mod restart;
mod restore;
mod resume;
mod rotate;
mod skew;
pub(crate) mod specs;
mod stop;
mod traffic;
mod upgrade;
mod wait;

pub(crate) use traffic::{OFTEN, OFTEN_ENOUGH};

use crate::{
    cannot::Capability,
    cluster::ClusterOrder,
    event::NodeId,
    forwarder::ForwarderId,
    language::{Check, Node, Shape},
    runner::Ledger,
    workload::{Ask, ProxyId},
    world::{CutHow, Direction, Disk, DiskState, Link, Skew, Unstored},
    zone_pair::ZonePair,
};
use rand::rngs::ChaCha8Rng;
use std::{fmt, sync::Arc, time::Duration};
use strait_core::{
    node::{Change, Operation},
    resource::{Key, MeshName, ZoneName},
    vip::VipRange,
};

/// Something that a scenario can do.
pub trait Verb: fmt::Debug + Send + Sync {
    /// What it does, and when, from the moment at which its step begins. The step lasts until the last of it.
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed>;

    /// What it needs that not every world can do.
    fn needs(&self) -> Option<Capability> {
        None
    }
}

/// What a verb draws from when it plans.
pub struct Stage<'a> {
    /// Forked from the run's seed for this step.
    pub rng: ChaCha8Rng,
    /// What users have written so far.
    pub ledger: &'a Ledger,
    /// The meshes there are.
    pub meshes: &'a [MeshName],
}

/// One primitive action at its time.
#[derive(Clone, Debug)]
pub struct Timed {
    /// From the beginning of the step.
    pub after: Duration,
    /// What.
    pub act: Act,
}

/// A primitive action.
#[derive(Clone, Debug)]
pub enum Act {
    /// Nothing: the step lasts until here.
    Nothing,
    /// A user writes. The step waits for the answer.
    Edit {
        /// Where.
        at: NodeId,
        /// What.
        changes: Vec<Change>,
        /// The edit must be refused, with these words in the reason.
        refused: Option<String>,
    },
    /// An operator decides.
    Operate {
        /// Where.
        at: NodeId,
        /// What.
        operation: Operation,
        /// It must be refused, with these words in the reason.
        refused: Option<String>,
    },
    /// [`crate::world::World::join`].
    Join(NodeId),
    /// [`crate::world::World::pause`].
    Pause(NodeId),
    /// [`crate::world::World::resume`].
    Resume(NodeId),
    /// [`crate::world::World::skew`].
    Skew(NodeId, Skew),
    /// [`crate::world::World::reject`].
    Reject(NodeId, Key),
    /// [`crate::world::World::accept`].
    Accept(NodeId, Key),
    /// [`crate::world::World::upgrade`].
    Upgrade(NodeId),
    /// [`crate::world::World::downgrade`].
    Downgrade(NodeId),
    /// [`crate::world::World::give_from`].
    GiveFrom(NodeId, VipRange),
    /// [`crate::world::World::cut`].
    Cut(ZoneName, CutHow),
    /// [`crate::world::World::cut_oneway`].
    CutOneway(ZoneName, Direction, CutHow),
    /// [`crate::world::World::heal`].
    Heal(ZoneName),
    /// [`crate::world::World::cut_between`].
    CutBetween(ZonePair, CutHow),
    /// [`crate::world::World::heal_between`].
    HealBetween(ZonePair),
    /// [`crate::world::World::link`].
    Link(ZoneName, Link),
    /// [`crate::world::World::kill`].
    Kill(NodeId),
    /// [`crate::world::World::kill_proxy`].
    KillProxy(ProxyId),
    /// [`crate::world::World::restart_proxy`].
    RestartProxy(ProxyId),
    /// [`crate::world::World::move_ingress`].
    MoveIngress(ProxyId),
    /// [`crate::world::World::kill_forwarder`].
    KillForwarder(ForwarderId),
    /// [`crate::world::World::restart_forwarder`].
    RestartForwarder(ForwarderId),
    /// [`crate::world::World::cluster`].
    Cluster {
        /// Of which zone.
        zone: ZoneName,
        /// What is done there.
        order: ClusterOrder,
        /// It must be refused, with these words in the reason.
        refused: Option<String>,
    },
    /// A workload asks once.
    Ask(Ask),
    /// A workload asks again and again.
    Traffic {
        /// What that is called.
        called: String,
        /// What.
        ask: Ask,
        /// How often.
        every: Duration,
    },
    /// It asks no more.
    StopTraffic(String),
    /// [`crate::world::World::power_loss`].
    PowerLoss(NodeId),
    /// [`crate::world::World::restart`].
    Restart(NodeId, Disk),
    /// [`crate::world::World::set_disk`].
    Disk(NodeId, DiskState),
    /// [`crate::world::World::backup`].
    Backup(NodeId, String),
    /// [`crate::world::World::restore`].
    Restore(NodeId, String),
    /// [`crate::world::World::duplicate_late`].
    DuplicateLate(ZoneName),
    /// [`crate::world::World::crash_after_emit`].
    CrashAfterEmit(NodeId, u64, Unstored),
}

impl Timed {
    /// At once.
    fn now(act: Act) -> Vec<Self> {
        vec![Self { after: Duration::ZERO, act }]
    }
}

/// A verb as the language knows it.
pub struct VerbFacts {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub does: &'static str,
    /// What its argument looks like.
    pub shape: Shape,
    /// Reads its argument. `None`: a mistake was noted.
    pub(crate) read: fn(&Node, &mut Check) -> Option<Arc<dyn Verb>>,
}

/// All verbs, sorted by name.
pub const VERBS: &[VerbFacts] = &[
    accept::FACTS,
    admit::FACTS,
    adopt::FACTS,
    api::FACTS,
    apply::FACTS,
    backup::FACTS,
    churn::FACTS,
    crash::FACTS,
    cut::FACTS,
    cut_oneway::FACTS,
    delete::FACTS,
    disable::FACTS,
    disk::FACTS,
    downgrade::FACTS,
    duplicate_late::FACTS,
    enable::FACTS,
    flap::FACTS,
    heal::FACTS,
    join::FACTS,
    kill::FACTS,
    kubectl::FACTS,
    link::FACTS,
    move_ingress::FACTS,
    pause::FACTS,
    power_loss::FACTS,
    reject::FACTS,
    remove::FACTS,
    request::FACTS,
    resolve::FACTS,
    restart::FACTS,
    restore::FACTS,
    resume::FACTS,
    rotate::FACTS,
    skew::FACTS,
    stop::FACTS,
    traffic::FACTS,
    upgrade::FACTS,
    wait::FACTS,
];

/// Makes a verb of what was read.
fn verb(verb: impl Verb + 'static) -> Option<Arc<dyn Verb>> {
    Some(Arc::new(verb))
}
