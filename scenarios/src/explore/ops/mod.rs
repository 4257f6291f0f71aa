//! The operations that exploration draws from. A new one is an entry in the table of its file.
mod addresses;
mod builds;
mod disks;
mod edits;
mod hosts;
mod links;
mod operators;
mod theirs;
mod wayside;
mod workloads;

pub(super) use workloads::moves;

use super::{
    left_behind::LeftBehind,
    op::{Op, Pick},
};
use crate::{
    cannot::{Capability, cannot},
    conditions::Scene,
    event::NodeId,
    language::Venue,
    runner::Live,
    workload::ProxyId,
    world::Direction,
    zone_pair::ZonePair,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    resource::{Key, Resource, ZoneName},
    sync::Dialect,
    time::Mono,
};

/// An operation as exploration knows it.
pub struct OpFacts {
    /// Its name.
    pub name: &'static str,
    /// How often it is drawn, compared to others.
    pub weight: u32,
    /// Whether every case has it.
    pub class: OpClass,
    /// The steps that it is by then; `None`: there is nothing to which it could be done.
    pub(super) write: fn(&mut Pick, &Sight<'_>) -> Option<Written>,
}

impl PartialEq for OpFacts {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// What kind of thing an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpClass {
    /// What users do. In every case.
    Workload,
    /// Ends a fault. In every case.
    Mend,
    /// What operators do. In some cases.
    Operator,
    /// A fault. In some cases.
    Fault,
    /// Costs much time to look at. In few cases.
    Heavy,
    /// What is about workloads. In every case that has some, and in no other.
    Workloads,
    /// What uses addresses up. In every case that has few, and in no other.
    Addresses,
    /// What users do with the resources that they brought. In every case on those.
    Theirs,
    /// What happens to workloads, and to what carries their questions. In some cases on a topology that was brought.
    Wayside,
    /// Ends that.
    WaysideMend,
}

impl OpClass {
    /// Whether it is only for cases on what a user brought.
    pub(super) fn is_of_venue(self) -> bool {
        matches!(self, Self::Theirs | Self::Wayside | Self::WaysideMend)
    }

    /// What all such operations are called together.
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Workload | Self::Heavy | Self::Theirs | Self::Addresses => "edits",
            Self::Mend | Self::WaysideMend => "mends",
            Self::Operator => "decisions",
            Self::Fault | Self::Wayside => "faults",
            Self::Workloads => "workloads",
        }
    }
}

impl OpFacts {
    /// By which names it may be left out.
    pub(super) fn called(&self) -> [&'static str; 2] {
        [self.name, self.class.called()]
    }
}

/// What may be left out of what is drawn, by name: single operations, and all of a kind.
pub fn drawn_names() -> Vec<&'static str> {
    let kinds = BTreeSet::from_iter(OPS.iter().map(|facts| facts.class.called()).filter(|kind| *kind != "mends"));
    let single = OPS.iter().filter(|facts| facts.class.called() != "mends").map(|facts| facts.name);
    kinds.into_iter().chain(single).collect()
}

/// All operations, in the order in which small numbers find them.
pub static OPS: &[OpFacts] = &[
    edits::PUT,
    edits::DELETE,
    edits::RECREATE,
    edits::OVERWRITE,
    edits::PUT_MESH,
    edits::DELETE_MESH,
    edits::INSIGHT,
    edits::IDLE,
    edits::COME_AND_GO,
    links::HEAL,
    links::AS_BEFORE,
    hosts::RESTART,
    disks::MENDED,
    hosts::RESUME,
    builds::ACCEPT,
    builds::UPGRADE,
    edits::TAKE_NAME,
    operators::ADMIT,
    operators::ADOPT,
    operators::ADOPT_ZONE,
    operators::ENTITLE,
    operators::DISABLE,
    operators::ENABLE,
    operators::REMOVE,
    hosts::BACKUP,
    links::CUT,
    links::CUT_ONEWAY,
    links::FLAP,
    links::DUPLICATE_LATE,
    links::OVERTAKEN,
    links::WORSE,
    hosts::KILL,
    hosts::POWER_LOSS,
    hosts::BOUNCE,
    hosts::CRASH,
    hosts::EMPTY,
    hosts::RESTORE,
    hosts::JOIN,
    hosts::PAUSE,
    hosts::SKEW,
    builds::REJECT,
    disks::BAD,
    edits::BULK,
    workloads::ROTATE,
    workloads::MOVE,
    workloads::ASK,
    workloads::CALM,
    addresses::FILL,
    addresses::RELEASE,
    addresses::OUTLAST,
    theirs::PUT_BACK,
    theirs::DELETE_THEIRS,
    theirs::ALTER,
    wayside::KILL_PROCESS,
    wayside::RESTART_PROCESS,
    wayside::CUT_BETWEEN,
    wayside::HEAL_BETWEEN,
];

/// What an operation was resolved to.
pub(super) struct Written {
    /// Steps of the scenario language.
    pub(super) steps: Vec<Value>,
    /// A link or a host that is left alone for a while after this.
    pub(super) touched: Option<Target>,
}

/// Something that is broken and mended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Link(ZoneName),
    Host(NodeId),
    /// A proxy or a forwarder.
    Process(String),
    Between(ZonePair),
}

impl Written {
    pub(super) fn step(step: Value) -> Option<Self> {
        Some(Self { steps: vec![step], touched: None })
    }

    pub(super) fn steps(steps: Vec<Value>) -> Option<Self> {
        Some(Self { steps, touched: None })
    }

    pub(super) fn touching(target: Target, step: Value) -> Option<Self> {
        Some(Self { steps: vec![step], touched: Some(target) })
    }
}

/// What an operation sees when its turn comes.
pub(super) struct Sight<'a> {
    pub(super) live: Live<'a>,
    /// When links and hosts were last broken or mended.
    pub(super) touched: &'a BTreeMap<Target, Mono>,
    /// How long they are left alone.
    pub(super) rest: Duration,
    /// What earlier steps left behind.
    pub(super) behind: &'a LeftBehind,
    /// What a user brought.
    pub(super) venue: Option<&'a Venue>,
}

impl<'a> Sight<'a> {
    pub(super) fn scene(&self) -> &Scene<'a> {
        &self.live.scene
    }

    /// Whether this world can do it.
    pub(super) fn can(&self, capability: Capability) -> bool {
        cannot(self.live.world.kind(), capability).is_none()
    }

    /// Every zone, in order.
    pub(super) fn zones(&self) -> Vec<ZoneName> {
        self.scene().scenario.zones.keys().cloned().collect()
    }

    /// Every zone that has workloads.
    pub(super) fn workload_zones(&self) -> Vec<ZoneName> {
        let zones: BTreeSet<ZoneName> = self.scene().scenario.proxies.keys().map(|proxy| proxy.zone.clone()).collect();
        zones.into_iter().collect()
    }

    /// Every ingress.
    pub(super) fn ingresses(&self) -> Vec<ProxyId> {
        self.scene().scenario.ingresses.iter().cloned().collect()
    }

    /// Whether nothing may be done to this: a control plane, a zone, or what is called `ZONE/NAME`.
    pub(super) fn spares(&self, called: &str) -> bool {
        self.venue.is_some_and(|venue| venue.spares(called))
    }

    /// The zones to which something may be done.
    pub(super) fn fair_zones(&self) -> Vec<ZoneName> {
        self.zones().into_iter().filter(|zone| !self.spares(zone.as_str())).collect()
    }

    /// The nodes to which something may be done.
    pub(super) fn fair_nodes(&self) -> Vec<NodeId> {
        self.nodes().into_iter().filter(|who| self.is_fair(who)).collect()
    }

    /// The nodes that are up and answer, and to which something may be done.
    pub(super) fn fair_up(&self) -> Vec<NodeId> {
        self.up().into_iter().filter(|who| self.is_fair(who)).collect()
    }

    fn is_fair(&self, who: &NodeId) -> bool {
        !self.spares(&who.to_string()) && who.zone().is_none_or(|zone| !self.spares(zone.as_str()))
    }

    /// Every zone that is a model of Kuma's.
    pub(super) fn kumas(&self) -> Vec<ZoneName> {
        let zones = self.scene().scenario.zones.iter().filter(|(_, dialect)| **dialect == Dialect::Kuma);
        zones.map(|(zone, _)| zone.clone()).collect()
    }

    /// Global, then every zone, then who joined.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        let zones = self.zones().into_iter().map(NodeId::Zone);
        std::iter::once(NodeId::Global).chain(zones).chain(self.behind.joined.iter().cloned()).collect()
    }

    /// The nodes that are up, and answer.
    pub(super) fn up(&self) -> Vec<NodeId> {
        let answers = |who: &NodeId| self.scene().observations.contains_key(who) && !self.live.world.is_paused(who);
        self.nodes().into_iter().filter(answers).collect()
    }

    /// Whether global is up and answers, and something may be done to it.
    pub(super) fn has_fair_global(&self) -> bool {
        self.has_global() && !self.spares("global")
    }

    /// Whether global is up, and answers.
    pub(super) fn has_global(&self) -> bool {
        self.up().contains(&NodeId::Global)
    }

    pub(super) fn is_strait(&self, who: &NodeId) -> bool {
        self.scene().scenario.dialect(who) == Dialect::Strait
    }

    /// Whether a link or a host was left alone for long enough.
    pub(super) fn is_rested(&self, target: &Target) -> bool {
        self.touched.get(target).is_none_or(|since| self.scene().now >= since.after(self.rest))
    }

    /// Those hosts that are up, or down, and were left alone for long enough.
    pub(super) fn rested_hosts(&self, up: bool) -> Vec<NodeId> {
        let is = |who: &NodeId| self.scene().observations.contains_key(who) == up && self.is_rested(&Target::Host(who.clone()));
        self.fair_nodes().into_iter().filter(is).collect()
    }

    /// Every link: those of the zones, and of who joined.
    pub(super) fn links(&self) -> Vec<ZoneName> {
        self.nodes().iter().filter_map(NodeId::link).cloned().collect()
    }

    /// Those links that are cut, or whole, and were left alone for long enough.
    pub(super) fn rested_links(&self, cut: bool) -> Vec<ZoneName> {
        let is_cut = |zone: &ZoneName| Direction::BOTH.into_iter().any(|way| self.live.world.is_cut(zone, way).is_some());
        let is = |zone: &ZoneName| is_cut(zone) == cut && self.is_rested(&Target::Link(zone.clone()));
        let is_fair = |zone: &ZoneName| cut || (!self.spares(zone.as_str()) && !self.spares("global"));
        self.links().into_iter().filter(|zone| is(zone) && is_fair(zone)).collect()
    }

    /// Whether somebody has written much at once.
    pub(super) fn has_bulk(&self) -> bool {
        let is_bulk = |key: &Key| key.name.as_str().starts_with("bulk-");
        self.nodes().iter().any(|at| self.scene().ledger.written_at(at).any(is_bulk))
    }

    /// What a node holds.
    pub(super) fn held(&self, who: &NodeId) -> Vec<&'a Resource> {
        let observed = self.live.scene.observations.get(who);
        observed.into_iter().flat_map(|node| node.view.resources.values()).map(AsRef::as_ref).collect()
    }
}

/// What a second control plane that claims a zone is called.
pub(super) fn joined_name(zone: &ZoneName) -> Option<ZoneName> {
    ZoneName::new(&format!("{zone}-again")).ok()
}

/// The second control planes of a case, by what they are called, with the zone that they claim. A world must know them before it begins.
pub(super) fn joins(ops: &[Op], zones: &[ZoneName]) -> BTreeMap<ZoneName, ZoneName> {
    let joining = ops.iter().filter(|op| *op.facts == hosts::JOIN);
    let claimed = joining.filter_map(|op| Pick::new(op).one_of(zones));
    claimed.filter_map(|zone| Some((joined_name(&zone)?, zone))).collect()
}
