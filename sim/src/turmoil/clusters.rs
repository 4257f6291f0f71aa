//! Clusters of Kubernetes: what happens in them, and the hosts on which their pods run, one for each address that a pod has had.
use super::{
    TurmoilWorld,
    clock::WorldTime,
    cluster_api::ClusterApi,
    host::{Run, Shared, locked},
    witness::Witness,
    workload::Workload,
};
use crate::cluster::{Happened, SimCluster, addresses, wall};
use rand::{rngs::ChaCha8Rng, seq::IndexedRandom as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use strait_core::{
    Seed,
    resource::ZoneName,
    time::{Mono, Wall},
};
use strait_scenarios::{
    event::{NodeId, What},
    kubernetes::Api,
    workload::{Answer, Ask, AtWorkload, ProxyId},
    world::{Setup, World as _},
};

/// A cluster, and where its pods run.
pub(super) struct Cluster {
    api: ClusterApi,
    /// Where pods have been: there are hosts.
    laid: BTreeSet<IpAddr>,
    /// Who is where.
    pods: Shared<BTreeMap<IpAddr, Workload>>,
    /// Pods whose proxies took their plan since this was last looked at.
    pub(super) configured: Shared<BTreeSet<ProxyId>>,
    control_planes: Vec<SocketAddr>,
    seed: Seed,
    /// How many pods there were.
    count: u64,
    /// The version of its API up to which everything that follows has happened.
    seen: u64,
    /// When something happens by itself.
    wake: Option<Mono>,
}

/// What the networks of clusters know, by zone. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Networks(Arc<BTreeMap<ZoneName, ClusterApi>>);

impl Networks {
    /// Where the DNS of the cluster of a zone leads.
    pub(super) fn look_up(&self, zone: &ZoneName, name: &str) -> Option<Ipv4Addr> {
        locked(&self.0.get(zone)?.cluster).look_up(name)
    }

    /// Where what is sent to an address goes that the cloud of a cluster gave; chance decides, where it may go to several. To any other, it goes itself.
    pub(super) fn past(&self, to: SocketAddr, rng: &mut ChaCha8Rng) -> SocketAddr {
        let SocketAddr::V4(given) = to else { return to };
        let behind = self.0.values().find_map(|api| locked(&api.cluster).behind(*given.ip(), given.port()));
        behind.and_then(|behind| behind.choose(rng).copied()).map_or(to, SocketAddr::from)
    }
}

/// The clusters of a setup, in which nothing has happened yet.
///
/// # Errors
/// What an API answers to a manifest.
pub(super) fn laid(setup: &Setup) -> Result<BTreeMap<ZoneName, Cluster>, String> {
    let mut places = addresses(setup);
    let mut clusters = BTreeMap::new();
    for (zone, plan) in &setup.clusters {
        let Some((pods, external)) = places.remove(zone) else { continue };
        let seed = setup.seed.fork(&format!("cluster {zone}"));
        let cluster = Cluster {
            api: ClusterApi::new(SimCluster::new(zone, plan, (pods, external), seed)?),
            laid: BTreeSet::new(),
            pods: Shared::default(),
            configured: Shared::default(),
            control_planes: Vec::new(),
            seed: setup.seed.fork(&format!("pods {zone}")),
            count: 0,
            seen: 0,
            wake: Some(Mono(0)),
        };
        clusters.insert(zone.clone(), cluster);
    }
    Ok(clusters)
}

impl Cluster {
    pub(super) fn api(&self) -> &ClusterApi {
        &self.api
    }

    /// Something that follows from what happened has not happened yet, or it is time for something else.
    fn is_due(&self, now: Mono) -> bool {
        let is_time = self.wake.is_some_and(|wake| wake <= now);
        is_time || self.api.is_asked(now) || !locked(&self.configured).is_empty() || locked(&self.api.cluster).api().version() != self.seen
    }
}

impl TurmoilWorld {
    /// Connects the clusters with all others. The hosts of their pods follow, where pods are: each costs time in every tick.
    pub(super) fn place_clusters(&mut self, setup: &Setup) {
        let networks = self.clusters.iter().map(|(zone, cluster)| (zone.clone(), cluster.api.clone()));
        self.networks = Networks(Arc::new(networks.collect()));
        let zones: Vec<ZoneName> = self.clusters.keys().cloned().collect();
        for zone in zones {
            let ways = self.ways_to(setup, &NodeId::Zone(zone.clone()));
            if let Some(cluster) = self.clusters.get_mut(&zone) {
                cluster.control_planes = ways;
            }
        }
    }

    /// Starts a pod, on a host of its own.
    fn start_pod(&mut self, who: &ProxyId) {
        let Some(at) = self.workloads.get(who).map(Workload::address) else { return };
        let Some(cluster) = self.clusters.get_mut(&who.zone) else { return };
        if !cluster.laid.insert(at) {
            return self.start_workload(who);
        }
        let pods = Arc::clone(&cluster.pods);
        self.sim.host(at, move || run(&pods, at));
        self.set_one_apart(&who.zone, at);
        self.absorb();
    }

    /// Wherever workloads of a zone are or were.
    pub(super) fn places_in<'a>(&'a self, zone: &'a ZoneName) -> impl Iterator<Item = IpAddr> + 'a {
        let workloads = self.workloads.iter().filter(move |(id, workload)| id.zone == *zone && !workload.is_pod());
        let pods = self.clusters.get(zone).into_iter().flat_map(|cluster| cluster.laid.iter().copied());
        workloads.flat_map(|(_, workload)| workload.places()).chain(pods)
    }

    /// Lets happen what is due in clusters.
    pub(super) fn tend_clusters(&mut self) {
        let now = self.now();
        let due: Vec<ZoneName> = self.clusters.iter().filter(|(_, cluster)| cluster.is_due(now)).map(|(zone, _)| zone.clone()).collect();
        for zone in due {
            self.tend_cluster(&zone);
        }
    }

    fn tend_cluster(&mut self, zone: &ZoneName) {
        let now = self.now();
        let Some(cluster) = self.clusters.get_mut(zone) else { return };
        while cluster.api.take(now) {}
        let happened = {
            let mut sim = locked(&cluster.api.cluster);
            for pod in std::mem::take(&mut *locked(&cluster.configured)) {
                sim.is_configured(now, &pod);
            }
            let happened = sim.tend(now);
            // What is due now was done.
            cluster.wake = sim.wake_at().map(|at| at.max(Mono(now.0 + 1)));
            cluster.seen = sim.api().version();
            happened
        };
        cluster.api.changed();
        for happened in happened {
            match happened {
                Happened::Appears(at) => {
                    if let AtWorkload::Appears { who, .. } = &at {
                        self.place_pod(who);
                    }
                    self.at_zone(zone, at);
                }
                Happened::Starts(who) => self.start_pod(&who),
                Happened::Ends(who) => self.end_workload(&who),
            }
        }
        self.absorb();
    }

    /// The next to run at its address is this one.
    fn place_pod(&mut self, who: &ProxyId) {
        let home = self.hosts.get(&NodeId::Zone(who.zone.clone())).cloned();
        let (Some(home), Some(cluster)) = (home, self.clusters.get_mut(&who.zone)) else { return };
        let Some((does, address)) = locked(&cluster.api.cluster).does(who).cloned() else { return };
        cluster.count += 1;
        let pod = Workload {
            id: who.clone(),
            does,
            places: vec![address.into()],
            control_planes: cluster.control_planes.clone(),
            running: self.running.clone(),
            networks: self.networks.clone(),
            home,
            configured: Some(Arc::clone(&cluster.configured)),
            seed: cluster.seed.fork(&format!("pod {} {who}", cluster.count)),
            queue: Arc::clone(&self.queue),
            state: Shared::default(),
        };
        locked(&cluster.pods).insert(address.into(), pod.clone());
        self.workloads.insert(who.clone(), pod);
    }

    /// Something that workloads may notice happened in a zone.
    pub(super) fn at_zone(&mut self, zone: &ZoneName, at: AtWorkload) {
        let node = NodeId::Zone(zone.clone());
        let Some(host) = self.hosts.get(&node).cloned() else { return };
        let now = self.now();
        let witness = Witness { node, queue: Arc::clone(&self.queue), host, world: WorldTime::showing(now) };
        witness.happened(now, What::Workload(at));
        self.absorb();
    }

    /// Who asks, where a pod is to be found for it; `None`: there is none, and that was the answer.
    pub(super) fn asked_by(&mut self, number: u64, ask: &Ask) -> Option<Ask> {
        let zone = &ask.from.zone;
        let Some(cluster) = self.clusters.get(zone) else { return Some(ask.clone()) };
        let pod = locked(&cluster.api.cluster).pick(&ask.from);
        if let Some(from) = pod {
            return Some(Ask { from, ..ask.clone() });
        }
        self.at_zone(zone, AtWorkload::Asks { number, ask: ask.clone() });
        self.at_zone(zone, AtWorkload::Answered { number, answer: Answer::Failed("no such pod is there".to_owned()) });
        None
    }

    pub(super) fn act_on_cluster(&mut self, zone: &ZoneName, act: &mut dyn FnMut(&mut Api, Wall)) {
        let now = wall(self.now());
        let Some(cluster) = self.clusters.get(zone) else { return };
        act(locked(&cluster.api.cluster).api_mut(), now);
        self.tend_cluster(zone);
    }
}

/// The life of whoever is at an address; where nobody is, nothing runs.
fn run(pods: &Shared<BTreeMap<IpAddr, Workload>>, at: IpAddr) -> Run {
    let pod = locked(pods).get(&at).cloned();
    pod.map_or_else(|| -> Run { Box::pin(std::future::ready(Ok(()))) }, |pod| pod.start(at))
}
