//! A scenario whose every name was checked: what the runner carries out.
use crate::{
    cluster::{ClusterPlan, mesh_named},
    conditions::Condition,
    event::NodeId,
    features::Feature,
    forwarder::{Forwarder, ForwarderId},
    limits::Limits,
    verbs::Verb,
    workload::{ProxyId, Workload},
    world::{Link, Setup, StoreKind, Unstored},
    zone_pair::Between,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use strait_core::{
    Seed,
    resource::{MeshName, Resource, ZoneName},
    sync::Dialect,
};

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The stem of its file.
    pub name: String,
    /// What it is for, in a sentence.
    pub why: String,
    /// Where it was read from.
    pub file: PathBuf,
    /// What global is: [`Dialect::Kuma`] is the model of Kuma's.
    pub global: Dialect,
    /// What each zone is.
    pub zones: BTreeMap<ZoneName, Dialect>,
    /// The link between global and each zone.
    pub links: BTreeMap<ZoneName, Link>,
    /// Second control planes that join, by what they are called, and the zone whose name they claim.
    pub joins: BTreeMap<ZoneName, ZoneName>,
    /// Where global and zones keep their records, if not in a simulated log.
    pub stores: BTreeMap<NodeId, StoreKind>,
    /// What global and zones may do and keep at most, if not what is usual.
    pub limits: BTreeMap<NodeId, Limits>,
    /// Whose build is too old to read something, at some time.
    pub too_old: BTreeSet<NodeId>,
    /// What the build of a zone does not understand, until it is upgraded.
    pub lacks: BTreeMap<ZoneName, BTreeSet<Feature>>,
    /// The workloads, each with a proxy.
    pub proxies: BTreeMap<ProxyId, Workload>,
    /// The zones that are clusters of Kubernetes.
    pub clusters: BTreeMap<ZoneName, ClusterPlan>,
    /// Through what workloads of other zones reach those of theirs.
    pub ingresses: BTreeSet<ProxyId>,
    /// Those of them that move.
    pub moves: BTreeSet<ProxyId>,
    /// The links between zones.
    pub between: Between,
    /// Through what the proxies of zones reach their control planes.
    pub forwarders: BTreeMap<ForwarderId, Forwarder>,
    /// The meshes of the topology. One that no resource defines is made with nothing in it.
    pub meshes: Vec<MeshName>,
    /// Resources that are written before the first step, in order.
    pub resources: Vec<Placed>,
    /// One after the other.
    pub steps: Vec<Step>,
    /// What must never be true.
    pub never: Vec<Never>,
    /// Crash one process after each of its emits, with each of these outcomes for its disk.
    pub crash_points: Option<CrashPoints>,
    /// What nobody mends after the last step.
    pub left: Left,
    /// Whether this is a scenario [`under_traffic`](crate::under_traffic).
    pub under_traffic: bool,
}

/// A resource, and where it is written.
#[derive(Clone, Debug)]
pub struct Placed {
    /// At which control plane.
    pub at: NodeId,
    /// What.
    pub resource: Resource,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands, counted from 1.
    pub line: usize,
    /// What.
    pub what: StepKind,
}

/// What a step is.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Does something.
    Do {
        /// By which name.
        name: &'static str,
        /// What.
        verb: Arc<dyn Verb>,
    },
    /// Waits until something holds.
    Expect(Expectation),
}

/// Something that must come to hold.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// By which name.
    pub name: &'static str,
    /// What.
    pub condition: Arc<dyn Condition>,
    /// How long it may take; `None`: it holds now.
    pub within: Option<Duration>,
}

/// Something that must not hold after any event, or by any answer to what it asks.
#[derive(Clone, Debug)]
pub struct Never {
    /// Where it stands.
    pub line: usize,
    /// By which name.
    pub name: &'static str,
    /// What its author calls it.
    pub called: Option<String>,
    /// It counts only once it was seen not to hold.
    pub becomes: bool,
    /// It counts only once this has held.
    pub once: Option<Arc<dyn Condition>>,
    /// How often it is asked what it asks.
    pub every: Duration,
    /// What.
    pub condition: Arc<dyn Condition>,
}

/// Where to crash a process.
#[derive(Clone, Debug)]
pub struct CrashPoints {
    /// Whose.
    pub of: NodeId,
    /// What becomes of what was not stored.
    pub disk: Vec<Unstored>,
    /// Emits are counted from the first step on, and not only after the first expectation.
    pub from_the_first_step: bool,
}

/// What stays as the steps left it when everything else is mended. Who is not affected must converge all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Zones that nobody starts again.
    pub down: BTreeSet<ZoneName>,
    /// Zones whose link to global nobody heals.
    pub cut: BTreeSet<ZoneName>,
}

impl Left {
    /// Whether nothing is expected of a zone any more.
    pub fn alone(&self, zone: &ZoneName) -> bool {
        self.down.contains(zone) || self.cut.contains(zone)
    }
}

impl Scenario {
    /// What a world needs to begin.
    pub fn setup(&self, seed: Seed, sabotage: Option<&str>) -> Setup {
        Setup {
            seed,
            global: self.global,
            zones: self.zones.clone(),
            links: self.links.clone(),
            joins: self.joins.clone(),
            stores: self.stores.clone(),
            limits: self.limits.clone(),
            too_old: self.too_old.clone(),
            lacks: self.lacks.clone(),
            proxies: self.proxies.clone(),
            clusters: self.clusters.clone(),
            ingresses: self.ingresses.clone(),
            moves: self.moves.clone(),
            between: self.between.clone(),
            forwarders: self.forwarders.clone(),
            sabotage: sabotage.map(str::to_owned),
        }
    }

    /// The mesh of a workload; of pods, by the first manifest that names them. `None`: there is none such.
    pub fn mesh_of(&self, who: &ProxyId) -> Option<MeshName> {
        let of_cluster = || {
            let cluster = self.clusters.get(&who.zone)?;
            mesh_named(&cluster.manifests, who).or_else(|| mesh_named(&cluster.later, who))
        };
        self.proxies.get(who).map(|workload| workload.mesh.clone()).or_else(of_cluster)
    }

    /// What a control plane speaks.
    pub fn dialect(&self, who: &NodeId) -> Dialect {
        who.zone().map_or(self.global, |zone| self.zones.get(zone).copied().unwrap_or(Dialect::Strait))
    }

    /// Whether several claim the zone of this control plane.
    pub fn is_contested(&self, who: &NodeId) -> bool {
        self.joins.values().any(|zone| who.zone() == Some(zone))
    }

    /// The link between global and one of the zones, or one that has joined.
    pub fn link(&self, who: &NodeId) -> Option<Link> {
        self.links.get(who.zone()?).copied()
    }

    /// The crash window begins before this step: after the first expectation, unless it is to be the first.
    pub fn crash_window(&self) -> usize {
        if self.crash_points.as_ref().is_some_and(|points| points.from_the_first_step) {
            return 0;
        }
        self.steps.iter().position(|step| matches!(step.what, StepKind::Expect(_))).map_or(0, |index| index + 1)
    }
}
