//! What a proxy says that it is.
use std::collections::{BTreeMap, BTreeSet};
use strait_core::resource::{
    MeshName, Resource, ResourceName,
    model::{self, Model},
};

/// The label that says of which workload a proxy is.
pub const WORKLOAD: &str = "kuma.io/workload";

/// What a proxy says that it is; a dataplane token is to prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyIdentity {
    /// Its mesh.
    pub mesh: MeshName,
    /// The name of its `Dataplane`.
    pub name: ResourceName,
    /// Every value of each tag that it carries.
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// Its label [`WORKLOAD`].
    pub workload: Option<String>,
    /// Labels of which its SPIFFE ID is made: a token has to bind them, or its bearer could be anybody.
    pub made_of: BTreeSet<String>,
    /// It brought its `Dataplane` along, and so chose its labels itself. Else an operator did, for whoever has its name.
    pub is_brought: bool,
}

impl ProxyIdentity {
    /// What a `Dataplane` says of its proxy: the tags of its inbounds and of its gateway, as in Kuma. `None`: it is none, or cannot be read.
    pub fn of(dataplane: &Resource) -> Option<Self> {
        let Ok(Some(Model::Dataplane(spec))) = model::parse(dataplane.kind(), dataplane.spec.value()?) else {
            return None;
        };
        let mut tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if let Some(networking) = spec.networking {
            let gateway = networking.gateway.into_iter().map(|gateway| gateway.tags);
            for (tag, value) in networking.inbound.into_iter().map(|inbound| inbound.tags).chain(gateway).flatten() {
                tags.entry(tag).or_default().insert(value);
            }
        }
        let workload = dataplane.labels.get(WORKLOAD).cloned();
        Some(Self {
            mesh: dataplane.mesh()?.clone(),
            name: dataplane.key.name.clone(),
            tags,
            workload,
            made_of: BTreeSet::new(),
            is_brought: false,
        })
    }
}
