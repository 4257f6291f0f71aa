//! What a world must be able to do: primitives only. Verbs are made of these, once, for all worlds.
use crate::{
    cluster::{ClusterOrder, ClusterPlan},
    event::{Event, NodeId},
    features::Feature,
    forwarder::{Forwarder, ForwarderId},
    kubernetes::Api,
    limits::Limits,
    meters::Scale,
    workload::{Ask, ProxyId, Workload},
    zone_pair::{Between, ZonePair},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    time::Duration,
};
use strait_core::{
    Seed,
    node::{Change, Environment, Observation, Operation, Ticket},
    resource::{Key, ZoneName},
    sync::Dialect,
    time::{Mono, Now, Wall},
    vip::VipRange,
};

pub use crate::link::Link;

/// The worlds there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorldKind {
    /// The nodes on one event heap; time jumps.
    Model,
    /// The real drivers on turmoil's network.
    Turmoil,
    /// Real processes in network namespaces, on the real kernel, in real time.
    Netns,
}

impl WorldKind {
    /// All of them, in the order in which they are run.
    pub const ALL: [Self; 3] = [Self::Model, Self::Turmoil, Self::Netns];
    /// Those in which nothing is real: two runs from one seed are equal.
    pub const SIMULATED: [Self; 2] = [Self::Model, Self::Turmoil];
}

impl fmt::Display for WorldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model",
            Self::Turmoil => "turmoil",
            Self::Netns => "netns",
        })
    }
}

impl FromStr for WorldKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|world| world.to_string() == text)
            .ok_or_else(|| format!("`{text}` is not a world: allowed are `model`, `turmoil` and `netns`"))
    }
}

/// Everything a world needs to begin.
#[derive(Clone, Debug)]
pub struct Setup {
    /// From which all randomness of the run is forked.
    pub seed: Seed,
    /// What global is.
    pub global: Dialect,
    /// What each zone is. [`Dialect::Kuma`]: the model of Kuma's control plane.
    pub zones: BTreeMap<ZoneName, Dialect>,
    /// The link between global and each zone.
    pub links: BTreeMap<ZoneName, Link>,
    /// Second control planes that may join, by what they are called, and the zone whose name they claim. Such a one speaks as
    /// the zone does, over a link of its own that is like the zone's.
    pub joins: BTreeMap<ZoneName, ZoneName>,
    /// Where global and zones keep their records, if not in a [`StoreKind::Log`].
    pub stores: BTreeMap<NodeId, StoreKind>,
    /// What global and zones may do and keep at most, if not what is usual.
    pub limits: BTreeMap<NodeId, Limits>,
    /// Whose build is too old to read something, at some time (see [`World::reject`]).
    pub too_old: BTreeSet<NodeId>,
    /// What the build of a zone does not understand, until [`World::upgrade`].
    pub lacks: BTreeMap<ZoneName, BTreeSet<Feature>>,
    /// The workloads in zones of ours, each with a proxy on a host of their own, which start when the control planes do.
    pub proxies: BTreeMap<ProxyId, Workload>,
    /// The zones that are clusters of Kubernetes: there workloads are pods.
    pub clusters: BTreeMap<ZoneName, ClusterPlan>,
    /// The proxies through which workloads of other zones reach those of theirs, each on a host of its own. They start when the control planes do.
    pub ingresses: BTreeSet<ProxyId>,
    /// Those of them that may move ([`World::move_ingress`]), for each of which a second place is kept.
    pub moves: BTreeSet<ProxyId>,
    /// The links between zones.
    pub between: Between,
    /// Through these the proxies of a zone reach its control plane. Where there are some, they know no other way. They start when the control planes do.
    pub forwarders: BTreeMap<ForwarderId, Forwarder>,
    /// A wrong behaviour to inject, by name (see [`crate::sabotage`]).
    pub sabotage: Option<String>,
}

impl Setup {
    /// All control planes that there may be, and what each speaks.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, Dialect)> {
        let zones = self.zones.iter().map(|(zone, dialect)| (NodeId::Zone(zone.clone()), *dialect));
        std::iter::once((NodeId::Global, self.global)).chain(zones).chain(self.joined())
    }

    /// Those of them that are there only once they have joined.
    pub fn joined(&self) -> impl Iterator<Item = (NodeId, Dialect)> {
        self.joins.iter().map(|(called, zone)| {
            let dialect = self.zones.get(zone).copied().unwrap_or(Dialect::Strait);
            (NodeId::Joined { called: called.clone(), zone: zone.clone() }, dialect)
        })
    }

    /// The workloads of each zone that has some, or may have pods.
    pub(crate) fn workloads(&self) -> impl Iterator<Item = (ZoneName, BTreeMap<ProxyId, Workload>)> {
        let clusters = self.clusters.keys().map(|zone| (zone.clone(), BTreeMap::new()));
        let mut zones: BTreeMap<ZoneName, BTreeMap<ProxyId, Workload>> = clusters.collect();
        for (proxy, workload) in &self.proxies {
            zones.entry(proxy.zone.clone()).or_default().insert(proxy.clone(), workload.clone());
        }
        zones.into_iter()
    }

    /// Where one of them keeps its records: one that joins, where the zone does whose name it claims.
    pub fn store(&self, who: &NodeId) -> StoreKind {
        self.stores.get(&like(who)).copied().unwrap_or_default()
    }

    /// What one of them may do and keep at most: one that joins, as much as the zone whose name it claims.
    pub fn limits(&self, who: &NodeId) -> Limits {
        self.limits.get(&like(who)).copied().unwrap_or_default()
    }

    /// What the build of one of them does not understand at first: one that joins, the same as the zone whose name it claims.
    pub fn lacks(&self, who: &NodeId) -> BTreeSet<Feature> {
        who.zone().and_then(|zone| self.lacks.get(zone)).cloned().unwrap_or_default()
    }

    /// What one of them is: a zone may be a cluster.
    pub fn environment(&self, who: &NodeId) -> Environment {
        match who {
            NodeId::Zone(zone) if self.clusters.contains_key(zone) => Environment::Kubernetes,
            _ => Environment::Universal,
        }
    }

    /// The link between global and one of them, by its name; `None`: the world's own idea of a link.
    pub fn link(&self, link: &ZoneName) -> Option<Link> {
        self.links.get(self.joins.get(link).unwrap_or(link)).copied()
    }
}

/// Whom the topology describes in its place.
fn like(who: &NodeId) -> NodeId {
    who.zone().map_or(NodeId::Global, |zone| NodeId::Zone(zone.clone()))
}

/// What a control plane keeps its records in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// A simulated log: a record per batch.
    #[default]
    Log,
    /// redb, on a simulated disk of sectors.
    Redb,
}

/// Which way over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From global to the zone.
    Down,
    /// From the zone to global.
    Up,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Down, Self::Up];
}

/// How a link is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CutHow {
    /// What is sent waits, and arrives after the heal, unless a side has given up by then.
    Stall,
    /// What is sent or under way is lost; connections over the link never work again, and their ends notice late.
    Sever,
}

/// What a process finds on its disk when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disk {
    /// What it left.
    Kept,
    /// Nothing.
    Empty,
}

/// What is wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskState {
    /// Nothing.
    Ok,
    /// No write finds room.
    Full,
    /// Each sync takes this long.
    Slow(Duration),
    /// Whatever is read or written fails.
    Failing,
    /// Writes are taken, and syncs fail: of what was written since the last that did not, chance decides what the disk holds.
    FailingToSync,
}

/// What became of batches that were submitted but not yet reported durable when a process crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unstored {
    /// All reached the disk.
    Kept,
    /// The last was torn, the others reached the disk.
    Torn,
    /// None reached the disk.
    Lost,
}

/// How the clocks of a host go from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// The wall clock jumps by so many milliseconds, and then goes on. Timers do not notice.
    ByMs(i64),
    /// Both clocks run faster than the world's (or slower), by so many parts in a million; 0: no more.
    RatePpm(i64),
}

/// A world: nodes, links, disks, and one clock.
pub trait World: Scale {
    /// Which one.
    fn kind(&self) -> WorldKind;

    /// Protocol time since the world began.
    fn now(&self) -> Mono;

    /// Lets time pass until something happened, at most until `until`, and says what happened, in order.
    fn advance(&mut self, until: Mono) -> Vec<Event>;

    /// A user's edit, answered by a `Done` effect with this ticket. Lost if the node is down.
    fn edit(&mut self, at: &NodeId, ticket: Ticket, changes: Vec<Change>);

    /// An operator's decision, answered by a `Done` effect with this ticket. Lost if the node is down.
    fn operate(&mut self, at: &NodeId, ticket: Ticket, operation: Operation);

    /// Starts a second control plane of [`Setup::joins`], on a disk of its own that is empty. Nothing if it has joined before.
    fn join(&mut self, who: &NodeId);

    /// Cuts the link between global and `zone`, both ways. Cutting a cut link changes how it is cut.
    fn cut(&mut self, zone: &ZoneName, how: CutHow) {
        Direction::BOTH.into_iter().for_each(|way| self.cut_oneway(zone, way, how));
    }

    /// Cuts one direction of the link between global and `zone`; the other stays as it is. Nobody connects over a link that
    /// is cut either way: the question or its answer does not arrive.
    fn cut_oneway(&mut self, zone: &ZoneName, way: Direction, how: CutHow);

    /// Heals the link between global and `zone`, both ways. Healing a whole link changes nothing.
    fn heal(&mut self, zone: &ZoneName);

    /// Cuts the link between two zones, both ways: what their workloads ask each other. Cutting a cut link changes how it is cut.
    fn cut_between(&mut self, pair: &ZonePair, how: CutHow);

    /// Heals the link between two zones, both ways. Healing a whole link changes nothing.
    fn heal_between(&mut self, pair: &ZonePair);

    /// What the link between global and `zone` is like from now on, both ways.
    fn link(&mut self, zone: &ZoneName, link: Link);

    /// Ends the process: the kernel closes its connections, and what it wrote reaches the disk. Nothing if it is down.
    fn kill(&mut self, who: &NodeId);

    /// Cuts the power of its host: connections fall silent, and of what was not synced the seed decides what is lost or torn. Nothing if it is down.
    fn power_loss(&mut self, who: &NodeId);

    /// The process stands still: it takes no step, while its kernel takes what arrives, and answers no ping. Nothing if it is down
    /// or paused. `false` where the world cannot.
    fn pause(&mut self, who: &NodeId) -> bool;

    /// A paused process goes on, and finds what came meanwhile; timers that passed fire now, once. Nothing if it is not paused.
    fn resume(&mut self, who: &NodeId);

    /// Whether its process is paused.
    fn is_paused(&self, who: &NodeId) -> bool;

    /// Changes the clocks of its host; a restart keeps them so.
    fn skew(&mut self, who: &NodeId, skew: Skew);

    /// What the clocks of its host show. What a node lets know is in its own time.
    fn clock_of(&self, who: &NodeId) -> Now;

    /// From now on the validators of its build refuse this resource, named as its author did. A restart keeps that.
    fn reject(&mut self, who: &NodeId, resource: &Key);

    /// They no longer do. It is not offered again by that alone.
    fn accept(&mut self, who: &NodeId, resource: &Key);

    /// The host has another build from its next start on: one that understands every [`Feature`].
    fn upgrade(&mut self, who: &NodeId);

    /// The host has the build again from its next start on that it had at first: one that lacks what [`Setup::lacks`] says.
    fn downgrade(&mut self, who: &NodeId);

    /// From its next start on a zone control plane of ours gives addresses from there to services of one zone.
    fn give_from(&mut self, who: &NodeId, range: VipRange);

    /// Starts the process; kills it first if it runs.
    fn restart(&mut self, who: &NodeId, disk: Disk);

    /// What is wrong with the disk of a node from now on, whatever process runs there. A model of Kuma has none.
    fn set_disk(&mut self, who: &NodeId, state: DiskState);

    /// Keeps a copy of what is durable at a node, by that name, marked as a backup.
    fn backup(&mut self, who: &NodeId, called: &str);

    /// Replaces a node's disk by a copy that was kept, and restarts it.
    fn restore(&mut self, who: &NodeId, called: &str);

    /// What is in flight from global to `zone` on the session of this moment is kept back, and arrives, twice, once the
    /// zone has begun its next session; between Straits its resources then arrive a third time, as if the new session said
    /// them. `false` where the world cannot.
    fn duplicate_late(&mut self, zone: &ZoneName) -> bool {
        let _ = zone;
        false
    }

    /// What was kept back to arrive late no longer does. A world that cannot keep anything back has nothing to forget.
    fn forget_late(&mut self) {}

    /// Crashes `who` right after its `nth` emit from now on (counted from 1) was performed, with this outcome for its disk,
    /// and restarts it after one second. `false` where the world cannot.
    fn crash_after_emit(&mut self, who: &NodeId, nth: u64, unstored: Unstored) -> bool {
        let _ = (who, nth, unstored);
        false
    }

    /// A workload asks. Says so as [`AtWorkload::Asks`], and once how it ended, at the latest after [`Ask::patience`]; also when the host
    /// of whoever asks is down.
    ///
    /// [`AtWorkload::Asks`]: crate::workload::AtWorkload::Asks
    fn ask(&mut self, number: u64, ask: &Ask);

    /// Hands in the API of a zone that is a cluster, for whoever orders something there, makes it misbehave, or looks. What follows from it happens from then on.
    /// Nothing where the zone is none.
    fn cluster(&mut self, zone: &ZoneName, act: &mut dyn FnMut(&mut Api, Wall));

    /// Carries out what an operator of such a zone orders there.
    ///
    /// # Errors
    /// What its API answers.
    fn operate_cluster(&mut self, zone: &ZoneName, order: &ClusterOrder) -> Result<(), String> {
        let mut answer = Err(format!("zone {zone} is no cluster"));
        self.cluster(zone, &mut |api, now| answer = order.carry_out(api, now));
        answer
    }

    /// Looks into what the API of such a zone keeps.
    fn look_at_cluster(&self, zone: &ZoneName, look: &mut dyn FnMut(&Api));

    /// Ends a workload and its proxy: their host closes its connections. Nothing if they are down.
    fn kill_proxy(&mut self, who: &ProxyId);

    /// Starts a workload and its proxy; ends them first if they run.
    fn restart_proxy(&mut self, who: &ProxyId);

    /// An ingress of [`Setup::moves`] ends where it is, and starts on another host, with another address; a third time where it was first. Where it was,
    /// the host refuses connections from now on.
    fn move_ingress(&mut self, who: &ProxyId);

    /// Ends a forwarder: its host closes its connections, and refuses others. Proxies come back through another one, the nearest that is there, and stay with it.
    /// Nothing if it is down.
    fn kill_forwarder(&mut self, who: &ForwarderId);

    /// Starts a forwarder; ends it first if it runs.
    fn restart_forwarder(&mut self, who: &ForwarderId);

    /// What may be known of a node; `None` while it is down.
    fn observe(&self, who: &NodeId) -> Option<Observation>;

    /// Whether this direction of the link between global and `zone` is cut, and how.
    fn is_cut(&self, zone: &ZoneName, way: Direction) -> Option<CutHow>;

    /// How many connections there are of which an end, or a message under way, still knows; `None`: the world cannot tell.
    fn connections(&self) -> Option<usize> {
        None
    }
}
