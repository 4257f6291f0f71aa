//! A cluster of Kubernetes on hosts of a site: its API on one of them, which is the node of all its pods; each pod has the network of another.
//!
//! What a cluster decides is pure code of `strait-scenarios`: the API with its controllers, and the kubelet. Here is what only a machine can do:
//!
//! | module | what |
//! | --- | --- |
//! | `pod`, `probe` | containers as processes, and whether they are ready |
//! | `enter`, `mounts` | the process of a container, with the files of its volumes |
//! | `services`, `rules` | the addresses of services lead to pods, by nftables on the site's router, as by a kube-proxy; those of load balancers from other sites, too |
//! | `names`, `dns` | the cluster's DNS |
//!
//! It is no more than a mesh needs: there is one node, no network policies, no node ports, and nothing keeps containers from the machine's files.
mod dns;
mod enter;
mod mounts;
mod names;
mod pod;
mod probe;
mod rules;
mod services;

pub use enter::become_container;
pub(crate) use pod::{NDOTS, search};
pub(crate) use rules::NFT;

use crate::{HostId, Network, SiteId, kubernetes::KubernetesApi};
use dns::Serving;
use names::ClusterDns;
use pod::Pods;
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};
use strait_core::{resource::ZoneName, time::Wall};
use strait_scenarios::{
    cluster::{ACCOUNT, Cloud, ClusterPlan, Crew, Ground},
    kubernetes::{
        Api, Settings, User,
        kubelet::{Kubelet, Order},
    },
    workload::{AtWorkload, ProxyId},
};
use strait_shell::process::wall;

/// Where the API is, as with everybody.
const API_PORT: u16 = 6443;
/// Where the cluster's DNS is, as with everybody who keeps the usual addresses of services.
const NAMESERVER: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// Where a zone control plane answers questions about names (Kuma's port).
const NAMES_OF_MESHES: u16 = 5653;
/// The third byte of addresses that are no host's, in each site: those of load balancers.
const FROM_OUTSIDE: u8 = 254;
/// How soon what the API refused is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// By what the API knows the zone control plane.
const ZONE_TOKEN: &str = "zone-control-plane";
/// What the only node is called.
const NODE: &str = "node";
const SERVICES: &str = "services";
const SLICES: &str = "endpointslices.discovery.k8s.io";

/// Where a cluster is, and what runs in it.
#[derive(Clone, Debug)]
pub struct Place {
    /// What its zone is called.
    pub zone: ZoneName,
    /// Where all of its hosts are.
    pub site: SiteId,
    /// Where its API and its DNS are, and from where its pods are looked after.
    pub node: HostId,
    /// The networks of its pods.
    pub pods: Vec<HostId>,
    /// Where its zone control plane is.
    pub control_plane: Ipv4Addr,
    /// The program of the image `strait`,
    pub strait: PathBuf,
    /// with the Envoy that is in it, too.
    pub envoy: PathBuf,
    /// The program of the image `strait-workload`: of a build that has `strait testbed`.
    pub testbed: PathBuf,
    /// Where everything of it is kept.
    pub folder: PathBuf,
}

/// A cluster. Dropped, it is gone with all that runs in it.
pub struct Cluster {
    place: Place,
    // Its processes end before the API.
    pods: Pods,
    kubelet: Kubelet,
    crew: Crew,
    api: KubernetesApi,
    cloud: Cloud,
    /// Where nobody is but by services.
    reserved: [(Ipv4Addr, u8); 2],
    dns: ClusterDns,
    _dns: Serving,
    /// The version of the API at which the kubelet has looked.
    seen: Option<u64>,
    /// And that at which services were led to pods.
    led: Option<u64>,
    rules: String,
    /// Whoever vouches for the control plane, as pods know it.
    authority: String,
    /// The version of the API at which all namespaces had that.
    vouched_at: Option<u64>,
    vouch_again: Option<Instant>,
}

impl Cluster {
    /// Begins one, with what is in it before the first step. Nothing runs yet.
    ///
    /// # Errors
    /// The machine or the API refuses something.
    pub fn begin(network: &Network, place: Place, plan: &ClusterPlan, seed: u64) -> Result<Self, String> {
        let (node, at) = (network.namespace(place.node), network.address(place.node));
        let listener = node.run(move || TcpListener::bind((at, API_PORT)));
        let listener = listener.map_err(|error| format!("{at}:{API_PORT}: {error}"))?;
        let settings = Settings { seed, ..Settings::default() };
        let (first, count) = settings.service_addresses;
        let api = KubernetesApi::serve(listener, &[], settings).map_err(|error| error.to_string())?;
        let ground = Ground { plan, control_plane: place.control_plane };
        api.with(|api, now| {
            installed(at).iter().try_for_each(|object| api.apply(now, object))?;
            ground.lay(api, now)
        })?;
        let dns = ClusterDns::new(SocketAddr::from((place.control_plane, NAMES_OF_MESHES)));
        let serving = Serving::begin(node, at, dns.clone())?;
        let [.., site] = (place.site.0 + 1).to_be_bytes();
        let from_outside = |last| Ipv4Addr::new(10, site, FROM_OUTSIDE, last);
        let of_services = (first, 32 - u8::try_from(count.max(1).ilog2()).unwrap_or(32));
        network.router(place.site).run(remember_loosely);
        let mut cluster = Self {
            kubelet: Kubelet::new(NODE, place.pods.iter().map(|host| network.address(*host))),
            crew: Crew::new(place.zone.clone()),
            pods: Pods::new(place.clone(), NAMESERVER),
            place,
            api,
            cloud: Cloud::new((1..=254).map(from_outside)),
            reserved: [of_services, (from_outside(0), 24)],
            dns,
            _dns: serving,
            seen: None,
            led: None,
            rules: String::new(),
            authority: String::new(),
            vouched_at: None,
            vouch_again: None,
        };
        cluster.lead(network)?;
        Ok(cluster)
    }

    /// Its node.
    pub fn node(&self) -> HostId {
        self.place.node
    }

    /// How its zone control plane reaches its API, as a file for `KUBECONFIG`.
    pub fn kubeconfig(&self) -> String {
        self.api.with(|api, _| api.accept_token(ZONE_TOKEN, User { name: ACCOUNT.to_owned(), ..User::default() }));
        self.api.kubeconfig(ZONE_TOKEN)
    }

    /// How a person reaches it who may do everything; the same.
    pub fn kubeconfig_of_admin(&self) -> String {
        self.api.kubeconfig(crate::kubernetes::ADMIN_TOKEN)
    }

    /// Changes something through its API, or how that behaves.
    pub fn act(&self, act: &mut dyn FnMut(&mut Api, Wall)) {
        self.api.with(|api, now| act(api, now));
    }

    /// Looks at what its API keeps.
    pub fn look(&self, look: &mut dyn FnMut(&Api)) {
        self.api.look(|api| look(api));
    }

    /// Hands out the certificate of whoever vouches for the control plane, to all namespaces. To be called again and again.
    pub fn vouch(&mut self, authority: &str) {
        let is_done = self.authority == authority && self.vouched_at == Some(self.api.version());
        if is_done || self.vouch_again.is_some_and(|at| at > Instant::now()) {
            return;
        }
        // While the API is away pods know what they knew.
        self.vouched_at = self.api.with(|api, now| Ground::vouch(api, now, authority).is_ok().then(|| api.version()));
        self.vouch_again = self.vouched_at.is_none().then(|| Instant::now() + AGAIN);
        authority.clone_into(&mut self.authority);
    }

    /// Does what is due, and says what became of pods.
    ///
    /// # Errors
    /// The machine refuses something.
    pub fn tend(&mut self, network: &mut Network) -> Result<Vec<AtWorkload>, String> {
        let (mut noted, mut reports) = (Vec::new(), self.pods.reports());
        let mut is_due = self.kubelet.wake_at().is_some_and(|at| at.0 <= wall().0);
        while !reports.is_empty() || std::mem::take(&mut is_due) || self.seen != Some(self.api.version()) {
            let (kubelet, crew) = (&mut self.kubelet, &mut self.crew);
            let (orders, seen) = self.api.with(|api, now| {
                for (pod, container, what) in reports.drain(..) {
                    noted.extend(crew.became(&pod, &container, what));
                    kubelet.report(now, &pod, &container, what);
                }
                let orders = kubelet.look(api, now);
                noted.extend(orders.iter().flat_map(|order| crew.ordered(api, order)));
                (orders, api.version())
            });
            self.seen = Some(seen);
            for order in orders {
                match order {
                    Order::Run { pod, address, container } => {
                        let became = self.pods.run(network, &pod, address, &container);
                        reports.push((pod, container.name, became));
                    }
                    Order::Stop { pod, container, kill } => self.pods.stop(&pod, &container, kill),
                    Order::Gone { pod, .. } => self.pods.remove(network, &pod)?,
                }
            }
        }
        self.lead(network)?;
        Ok(noted)
    }

    /// Leads services to pods, and names to services. While the API is away all stays as it is.
    fn lead(&mut self, network: &Network) -> Result<(), String> {
        if self.led == Some(self.api.version()) || self.api.look(|api| api.faults().is_away) {
            return Ok(());
        }
        let cloud = &mut self.cloud;
        self.api.with(|api, now| cloud.look(api, now));
        let (backs, names, version) = self.api.look(|api| {
            let all = |kind| api.all_held(kind).map(AsRef::as_ref).collect::<Vec<&Value>>();
            let (services, slices) = (all(SERVICES), all(SLICES));
            let backs = services::backs(services.iter().copied(), &slices);
            (backs, names::names(services.iter().copied(), &slices), api.version())
        });
        self.led = Some(version);
        self.dns.set(names);
        let rules = rules::table(&backs, &self.reserved);
        if rules != self.rules {
            let table = rules.clone();
            network.router(self.place.site).run(move || rules::apply(&table))?;
            self.rules = rules;
        }
        Ok(())
    }

    /// Who asks where a step names a workload: a pod that is there, and where.
    pub(crate) fn asker(&self, named: &ProxyId) -> Option<(ProxyId, HostId)> {
        let (pod, id, _) = self.crew.pick(named)?;
        Some((id.clone(), self.pods.host(pod)?))
    }

    /// Whom its pods ask for names.
    pub(crate) fn nameserver() -> Ipv4Addr {
        NAMESERVER
    }
}

/// Where its API is for its pods, and its DNS, as in every cluster.
fn installed(node: Ipv4Addr) -> [Value; 4] {
    let name = "kube-dns";
    let meta = json!({"name": name, "namespace": "kube-system", "labels": {"k8s-app": name}});
    let ports = json!([{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]);
    let endpoints = json!([{"addresses": [node.to_string()], "conditions": {"ready": true}}]);
    let of = json!({"name": format!("{name}-1"), "namespace": "kube-system", "labels": {"kubernetes.io/service-name": name}});
    [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"clusterIP": NAMESERVER.to_string(), "ports": ports}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": of, "addressType": "IPv4", "ports": ports,
            "endpoints": endpoints}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": endpoints,
            "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "ports": [{"name": "https", "port": API_PORT, "protocol": "TCP"}]}),
    ]
}

/// A router that leads connections to others remembers them; what arrives late over a bad link still belongs to them.
fn remember_loosely() {
    // A kernel that lacks the setting lacks what it is about.
    let _ = std::fs::write("/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal", "1");
}
