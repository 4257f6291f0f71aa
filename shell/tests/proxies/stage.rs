//! Plans by hand, and a proxy that asks as Envoy does.
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    names::ServiceId,
    node::{FromProxy, PlanUpdate},
    plan::{Destination, Part, PartName, Plans, Touched},
    resource::{Key, Kind, MeshName, ResourceName, ZoneName, from_yaml},
};
use strait_proto::{
    discovery::{DeltaDiscoveryRequest, DeltaDiscoveryResponse},
    rpc::Status,
};
use strait_shell::{envoy::XdsType, proxies::Delta};

/// The parts of a proxy's plan that reaches these services, each with this endpoint.
pub(crate) fn plan(services: &[(&str, &str)]) -> BTreeMap<PartName, Part> {
    let mut yaml = "
type: Mesh
name: shop
---
type: Dataplane
mesh: shop
name: cart
networking:
  address: 10.1.0.7
  inbound: [{port: 8080, protocol: http, tags: {kuma.io/service: cart}}]
  transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}
"
    .to_owned();
    for (name, address) in services {
        yaml += &format!(
            "---
type: MeshService
mesh: shop
name: {name}
spec: {{selector: {{dataplaneTags: {{kuma.io/service: {name}}}}}, ports: [{{port: 80, appProtocol: http}}]}}
---
type: Dataplane
mesh: shop
name: {name}-1
networking: {{address: {address}, inbound: [{{port: 80, tags: {{kuma.io/service: {name}}}}}]}}
"
        );
    }
    let resources: Vec<_> = from_yaml(&yaml).unwrap().into_iter().map(std::sync::Arc::new).collect();
    let ids: Vec<_> = services.iter().map(|(name, _)| service(name)).collect();
    let mut plans = Plans::new(ZoneName::new("east").unwrap());
    let vips = ids.iter().zip(1..).map(|(id, last)| (id, Some([241, 0, 0, last].into())));
    plans.apply(resources.iter().map(|one| (&one.key, Some(one))), vips);
    let proxy = Key { kind: Kind::dataplane(), mesh: Some(MeshName::new("shop").unwrap()), name: ResourceName::new("cart").unwrap() };
    plans.parts(&proxy, &Touched::everything())
}

fn service(name: &str) -> ServiceId {
    ServiceId {
        mesh: MeshName::new("shop").unwrap(),
        kind: Kind::new("MeshService").unwrap(),
        zone: Some(ZoneName::new("east").unwrap()),
        namespace: None,
        name: name.to_owned(),
    }
}

/// What a service is called in xDS.
pub(crate) fn called(name: &str) -> String {
    Destination { service: service(name), port: "80".to_owned() }.to_string()
}

/// How one plan becomes the other.
pub(crate) fn update(number: u64, before: &BTreeMap<PartName, Part>, after: &BTreeMap<PartName, Part>) -> PlanUpdate {
    let put = after.iter().filter(|(name, part)| before.get(*name) != Some(part)).map(|(_, part)| part.clone()).collect();
    let gone = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
    PlanUpdate { number, put, gone }
}

/// Envoy at the other end of a stream: it asks for endpoints when it hears of a cluster, and answers all it is told; but once it has started it
/// says nothing about clusters while one of them has not been told its endpoints since it is as it is.
#[derive(Default)]
pub(crate) struct Envoy {
    pub(crate) delta: Delta,
    /// Versions, by type and name.
    pub(crate) holds: BTreeMap<(XdsType, String), String>,
    /// What it was told: the type, what came, what went.
    pub(crate) told: Vec<String>,
    /// What it refuses.
    pub(crate) refuses: Vec<String>,
    /// It says that it cannot listen there.
    pub(crate) cannot_bind: bool,
    /// It names only them where it refuses, and takes the rest. Else it takes nothing of what it cannot read.
    pub(crate) takes_the_rest: bool,
    asks_clusters: bool,
    asks_listeners: bool,
    /// It has started.
    is_initialized: bool,
    /// Clusters without endpoints.
    warming: BTreeSet<String>,
    /// What it says about clusters once there are none.
    withheld: Option<DeltaDiscoveryRequest>,
}

impl Envoy {
    /// One that refuses these.
    pub(crate) fn refusing(refuses: Vec<String>) -> Self {
        Self { refuses, ..Self::default() }
    }

    /// Begins a stream, with what it held before.
    pub(crate) fn connect(&mut self) {
        self.begin();
        self.ask_the_rest();
    }

    /// Begins a stream, on which it has asked for clusters so far; unless it would have to say something about them that it withholds.
    pub(crate) fn begin(&mut self) {
        self.delta = Delta::default();
        (self.asks_clusters, self.asks_listeners) = (false, false);
        self.withheld = None;
        if !self.is_initialized || self.warming.is_empty() {
            self.ask(XdsType::Cluster, &[]);
        }
    }

    /// The other questions with which a stream begins.
    pub(crate) fn ask_the_rest(&mut self) {
        let endpoints: Vec<String> = self.held(XdsType::Endpoints).into_keys().collect();
        if !endpoints.is_empty() {
            self.ask(XdsType::Endpoints, &endpoints);
            self.ask(XdsType::Listener, &[]);
        }
    }

    fn held(&self, of: XdsType) -> BTreeMap<String, String> {
        self.holds.iter().filter(|((held, _), _)| *held == of).map(|((_, name), version)| (name.clone(), version.clone())).collect()
    }

    fn ask(&mut self, of: XdsType, names: &[String]) {
        self.asks_clusters |= of == XdsType::Cluster;
        self.asks_listeners |= of == XdsType::Listener;
        let request = DeltaDiscoveryRequest {
            type_url: of.url().to_owned(),
            resource_names_subscribe: names.to_vec(),
            initial_resource_versions: self.held(of),
            ..DeltaDiscoveryRequest::default()
        };
        self.delta.request(request).unwrap();
    }

    /// Goes on until nothing is left to be said. The outcome of the update, if it has one.
    pub(crate) fn settle(&mut self) -> Option<FromProxy> {
        let mut outcome = None;
        while let Some(response) = self.delta.next_response() {
            assert_eq!(outcome, None, "after it was taken something is left to be said");
            self.hear(response);
            outcome = self.delta.taken();
        }
        outcome.or_else(|| self.delta.taken())
    }

    pub(crate) fn hear(&mut self, response: DeltaDiscoveryResponse) {
        let of = XdsType::of(&response.type_url).unwrap();
        let put: Vec<String> = response.resources.iter().map(|one| one.name.clone()).collect();
        self.told.push(format!(
            "{of}: {}",
            put.iter().cloned().chain(response.removed_resources.iter().map(|one| format!("-{one}"))).collect::<Vec<_>>().join(" ")
        ));
        let refused: Vec<String> = put.iter().filter(|name| self.refuses.contains(name)).cloned().collect();
        let reason = match (self.takes_the_rest, self.cannot_bind) {
            (true, _) => "Error adding/updating something",
            (false, true) => "cannot bind '10.0.0.100:10001': Address already in use:",
            (false, false) => "no:",
        };
        let answer = DeltaDiscoveryRequest {
            type_url: response.type_url,
            response_nonce: response.nonce,
            error_detail: (!refused.is_empty())
                .then(|| Status { message: format!("{reason} {}", refused.join(": bad. ")), ..Status::default() }),
            ..DeltaDiscoveryRequest::default()
        };
        let takes = |name: &String| refused.is_empty() || self.takes_the_rest && !refused.contains(name);
        let taken: Vec<_> = response.resources.into_iter().filter(|one| takes(&one.name)).collect();
        for one in &taken {
            if of == XdsType::Cluster && one.name.starts_with("kri_") {
                self.warming.insert(one.name.clone());
            }
            if of == XdsType::Endpoints {
                self.warming.remove(&one.name);
            }
            self.holds.insert((of, one.name.clone()), one.version.clone());
        }
        for gone in response.removed_resources {
            self.holds.remove(&(of, gone.clone()));
            if of == XdsType::Cluster {
                self.warming.remove(&gone);
                self.holds.remove(&(XdsType::Endpoints, gone.clone()));
                let unsubscribe = DeltaDiscoveryRequest {
                    type_url: XdsType::Endpoints.url().to_owned(),
                    resource_names_unsubscribe: vec![gone],
                    ..DeltaDiscoveryRequest::default()
                };
                self.delta.request(unsubscribe).unwrap();
            }
        }
        if of == XdsType::Cluster {
            let unknown = |name: &String| name.starts_with("kri_") && !self.holds.contains_key(&(XdsType::Endpoints, name.clone()));
            let wanted: Vec<String> = taken.into_iter().map(|one| one.name).filter(unknown).collect();
            if !wanted.is_empty() {
                self.ask(XdsType::Endpoints, &wanted);
            }
        }
        if of == XdsType::Cluster && self.is_initialized && !self.warming.is_empty() {
            self.withheld = Some(answer);
        } else {
            self.delta.request(answer).unwrap();
        }
        if !self.warming.is_empty() {
            return;
        }
        if let Some(answer) = self.withheld.take() {
            self.delta.request(answer).unwrap();
        }
        if !self.asks_clusters {
            self.ask(XdsType::Cluster, &[]);
        }
        // Listeners are asked for once every cluster has its endpoints.
        if !self.asks_listeners {
            self.ask(XdsType::Listener, &[]);
        }
        self.is_initialized = true;
    }
}
