//! A simulated cluster: the model of its API, its controllers, its nodes and its cloud, stepped by the time of the world it is in. Worlds run what its pods
//! do, and follow what it says for its zone control plane.
mod containers;

use crate::{
    clock::EPOCH_MS,
    proxy::{Does, address},
};
use containers::Containers;
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};
use strait_core::{
    Seed,
    resource::ZoneName,
    time::{Mono, Wall},
};
use strait_scenarios::{
    cluster::{ACCOUNT, Cloud, ClusterPlan, Crew, Ground},
    kubernetes::{
        Api, Settings, User,
        kubelet::{Kubelet, Order},
    },
    workload::{AtWorkload, ProxyId, Workload},
    world::Setup,
};

/// By what the API knows the zone control plane.
pub(crate) const TOKEN: &str = "zone-control-plane";
/// More steps in one moment than controllers and kubelet take.
const STEPS: usize = 10_000;
/// So many services of a cluster are reached from outside at most.
const EXTERNAL: u32 = 8;
/// In the model nobody has a certificate with which it could vouch.
const NOBODY: &str = "(simulated)";

/// A cluster.
pub(crate) struct SimCluster {
    api: Api,
    kubelet: Kubelet,
    crew: Crew,
    cloud: Cloud,
    containers: Containers,
    /// The version up to which all namespaces have the certificate of whoever vouches for the control plane.
    vouched_at: Option<u64>,
    /// Pods that are workloads or ways in, by what they are called.
    does: BTreeMap<ProxyId, (Does, Ipv4Addr)>,
}

/// What happened at a pod.
pub(crate) enum Happened {
    /// To be told as it is.
    Appears(AtWorkload),
    /// It is there.
    Starts(ProxyId),
    /// It is there no more.
    Ends(ProxyId),
}

/// The time of a cluster.
pub(crate) fn wall(now: Mono) -> Wall {
    Wall(EPOCH_MS + now.0)
}

/// Where the pods of the clusters of a setup may be, and where their services are reached from outside: behind everybody else.
pub(crate) fn addresses(setup: &Setup) -> BTreeMap<ZoneName, (Vec<Ipv4Addr>, Vec<Ipv4Addr>)> {
    let others = setup.proxies.len() + setup.ingresses.len() + setup.forwarders.len() + setup.moves.len();
    // One of them may be in no mesh.
    let mut next = u32::try_from(others).unwrap_or(u32::MAX / 2) + 2;
    let mut take = |many: u32| {
        let taken =
            (next..next + many).filter_map(|nth| if let std::net::IpAddr::V4(address) = address(nth) { Some(address) } else { None });
        next += many;
        taken.collect::<Vec<_>>()
    };
    setup.clusters.iter().map(|(zone, plan)| (zone.clone(), (take(plan.pods), take(EXTERNAL)))).collect()
}

impl SimCluster {
    /// A cluster with its ground, and what is to be in it before the first step.
    ///
    /// # Errors
    /// What its API answers to one of the manifests.
    pub(crate) fn new(
        zone: &ZoneName,
        plan: &ClusterPlan,
        (pods, external): (Vec<Ipv4Addr>, Vec<Ipv4Addr>),
        seed: Seed,
    ) -> Result<Self, String> {
        use rand::RngExt as _;
        let now = wall(Mono(0));
        let mut api = Api::new(Settings { seed: seed.fork("api").rng().random(), ..Settings::default() }, now);
        api.accept_token(TOKEN, User { name: ACCOUNT.to_owned(), ..User::default() });
        let ground = Ground { plan, control_plane: Ipv4Addr::LOCALHOST };
        ground.lay(&mut api, now).map_err(|why| format!("the cluster of {zone}: {why}"))?;
        Ok(Self {
            api,
            kubelet: Kubelet::new("node", pods),
            crew: Crew::new(zone.clone()),
            cloud: Cloud::new(external),
            containers: Containers::default(),
            vouched_at: None,
            does: BTreeMap::new(),
        })
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn api_mut(&mut self) -> &mut Api {
        &mut self.api
    }

    /// Lets all happen that is due.
    pub(crate) fn tend(&mut self, now: Mono) -> Vec<Happened> {
        let (wall, mut happened) = (wall(now), Vec::new());
        for _ in 0..STEPS {
            let mut is_quiet = !self.api.step(wall);
            let before = self.api.version();
            self.cloud.look(&mut self.api, wall);
            if self.vouched_at != Some(self.api.version()) {
                // What is refused is tried again with the next change.
                let _ = Ground::vouch(&mut self.api, wall, NOBODY);
                self.vouched_at = Some(self.api.version());
            }
            for order in self.kubelet.look(&mut self.api, wall) {
                is_quiet = false;
                let noted = self.crew.ordered(&self.api, &order);
                self.note(noted, &order_address(&order), &mut happened);
                self.containers.take(now, &order);
            }
            while let Some((pod, container, what)) = self.containers.next(now) {
                is_quiet = false;
                self.kubelet.report(wall, &pod, &container, what);
                let noted = self.crew.became(&pod, &container, what);
                self.note(noted, &None, &mut happened);
            }
            if is_quiet && self.api.version() == before {
                break;
            }
        }
        happened
    }

    fn note(&mut self, noted: Vec<AtWorkload>, address: &Option<Ipv4Addr>, happened: &mut Vec<Happened>) {
        for at in noted {
            match at {
                AtWorkload::Started(who) => happened.push(Happened::Starts(who)),
                AtWorkload::Stopped(who) => happened.push(Happened::Ends(who)),
                AtWorkload::Appears { ref who, ref workload } => {
                    let does = workload.as_ref().map_or(Does::LetsIn, |workload| Does::Serves(Workload::clone(workload)));
                    if let Some(address) = address {
                        self.does.insert(who.clone(), (does, *address));
                    }
                    happened.push(Happened::Appears(at));
                }
                _ => {}
            }
        }
    }

    /// When something happens by itself.
    pub(crate) fn wake_at(&self) -> Option<Mono> {
        let of_walls = [self.api.next_step(), self.kubelet.wake_at()].into_iter().flatten().map(|at| Mono(at.0.saturating_sub(EPOCH_MS)));
        of_walls.chain(self.containers.wake_at()).min()
    }

    /// The proxy of a pod has its configuration, so that its sidecar is ready.
    pub(crate) fn is_configured(&mut self, now: Mono, who: &ProxyId) {
        self.containers.is_configured(now, who);
    }

    /// What a pod does, and where.
    pub(crate) fn does(&self, who: &ProxyId) -> Option<&(Does, Ipv4Addr)> {
        self.does.get(who)
    }

    /// The pod that is meant where a step names a workload.
    pub(crate) fn pick(&self, named: &ProxyId) -> Option<ProxyId> {
        self.crew.pick(named).map(|(_, id, _)| id.clone())
    }

    /// Where the DNS of the cluster leads: `SERVICE.NAMESPACE.svc.cluster.local`.
    pub(crate) fn look_up(&self, name: &str) -> Option<Ipv4Addr> {
        let (service, namespace) = name.strip_suffix(".svc.cluster.local")?.split_once('.')?;
        self.api.held("services", namespace, service)?["spec"]["clusterIP"].as_str()?.parse().ok()
    }

    /// Where what is sent to an address of its cloud goes; `None`: it is none.
    pub(crate) fn behind(&self, address: Ipv4Addr, port: u16) -> Option<Vec<(Ipv4Addr, u16)>> {
        self.cloud.behind(&self.api, address, port)
    }
}

fn order_address(order: &Order) -> Option<Ipv4Addr> {
    match order {
        Order::Run { address, .. } | Order::Gone { address, .. } => Some(*address),
        Order::Stop { .. } => None,
    }
}

/// How long a zone control plane waits before it asks an API again that did not answer: longer each time, up to half a minute.
pub(crate) fn rest(nth: u32) -> Duration {
    Duration::from_millis(800).saturating_mul(1 << nth.min(6)).min(Duration::from_secs(30))
}
