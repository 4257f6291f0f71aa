//! Objects of Kubernetes, as far as they say something of proxies and services. Nothing else of them is kept.
use super::custom::{CustomKind, CustomObject, Digest, NotCustom};
use serde::{Deserialize, Serialize, Serializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

/// Texts by their names, as labels are.
pub type Texts = BTreeMap<String, String>;

/// The kinds of objects of which something is made here, or that are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum ObjectKind {
    /// `v1/Namespace`
    Namespace,
    /// `v1/Service`
    Service,
    /// `discovery.k8s.io/v1/EndpointSlice`
    EndpointSlice,
    /// `v1/Pod`
    Pod,
    /// `v1/ConfigMap`: those in which a zone keeps what it must not lose.
    ConfigMap,
    /// A kind of the mesh itself.
    Custom(CustomKind),
}

impl ObjectKind {
    /// Those of which proxies and services are made. Before each was listed nothing is known of what is not there.
    pub const ALL: [Self; 4] = [Self::Namespace, Self::Service, Self::EndpointSlice, Self::Pod];

    /// Whether objects of it stand in namespaces.
    pub fn is_namespaced(self) -> bool {
        match self {
            Self::Namespace => false,
            Self::Service | Self::EndpointSlice | Self::Pod | Self::ConfigMap => true,
            Self::Custom(kind) => kind.placed() == super::custom::Placed::Namespaced,
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(kind) => fmt::Display::fmt(kind, f),
            built_in => fmt::Debug::fmt(built_in, f),
        }
    }
}

impl Serialize for ObjectKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl TryFrom<String> for ObjectKind {
    type Error = NotCustom;

    fn try_from(name: String) -> Result<Self, NotCustom> {
        let built_in = Self::ALL.into_iter().chain([Self::ConfigMap]).find(|kind| kind.to_string() == name);
        built_in.map_or_else(|| CustomKind::try_from(name).map(Self::Custom), Ok)
    }
}

/// What an object is called among those of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    /// Its namespace; empty for a namespace itself.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl ObjectName {
    /// The object of this name in this namespace.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.namespace {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectId {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name.
    pub name: ObjectName,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Object {
    /// A namespace.
    Namespace(Namespace),
    /// A service.
    Service(Box<Service>),
    /// A part of the endpoints of a service.
    EndpointSlice(EndpointSlice),
    /// A pod.
    Pod(Box<Pod>),
    /// What a zone keeps in its cluster.
    ConfigMap(Box<ConfigMap>),
    /// A resource of the mesh.
    Custom(Box<CustomObject>),
}

impl Object {
    /// Which.
    pub fn id(&self) -> ObjectId {
        let (kind, meta) = match self {
            Self::Namespace(namespace) => (ObjectKind::Namespace, &namespace.meta),
            Self::Service(service) => (ObjectKind::Service, &service.meta),
            Self::EndpointSlice(slice) => (ObjectKind::EndpointSlice, &slice.meta),
            Self::Pod(pod) => (ObjectKind::Pod, &pod.meta),
            Self::ConfigMap(map) => (ObjectKind::ConfigMap, &map.meta),
            Self::Custom(custom) => (ObjectKind::Custom(custom.kind), &custom.meta),
        };
        ObjectId { kind, name: meta.name.clone() }
    }

    /// `metadata.resourceVersion`.
    pub fn version(&self) -> u64 {
        match self {
            Self::Namespace(namespace) => namespace.meta.version,
            Self::Service(service) => service.meta.version,
            Self::EndpointSlice(slice) => slice.meta.version,
            Self::Pod(pod) => pod.meta.version,
            Self::ConfigMap(map) => map.meta.version,
            Self::Custom(custom) => custom.meta.version,
        }
    }
}

/// What all objects have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Its name.
    pub name: ObjectName,
    /// `resourceVersion`: which state of it this is. Versions of one kind have an order; 0: not known, as in a file.
    pub version: u64,
    /// All labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Texts,
    /// The annotations that are about a mesh: those whose names end with `kuma.io` before the `/`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Texts,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Its name, labels and annotations.
    pub meta: Meta,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Its name, labels and annotations.
    pub meta: Meta,
    /// Another one of the same name has another.
    pub uid: String,
    /// `spec.serviceAccountName`
    pub service_account: String,
    /// Who made it, if somebody did.
    pub owner: Option<Owner>,
    /// Its containers, without those that only initialise it.
    pub containers: Vec<Container>,
    /// It has a container of the name `kuma-sidecar`, also as one that initialises and stays.
    pub has_sidecar_container: bool,
    /// The containers that are known not to be ready.
    pub unready: BTreeSet<String>,
    /// `status.podIP`; empty: it has none yet.
    pub address: String,
    /// It runs no more, and never will again: it succeeded, failed, or was evicted.
    pub is_finished: bool,
    /// It is about to be deleted.
    pub is_leaving: bool,
}

/// Who made an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Such as `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// The ports that it says it listens on.
    pub ports: Vec<ContainerPort>,
}

/// A port on which a container listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerPort {
    /// Its name; empty: none.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// What it is on.
    pub transport: Transport,
}

/// What a port is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP, or SCTP: not in any mesh.
    Other,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name, labels and annotations.
    pub meta: Meta,
    /// The labels of the pods that serve it; empty: somebody else says who does.
    pub selector: Texts,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// Its type.
    pub kind: ServiceKind,
    /// Where it is reached in the cluster.
    pub cluster_ip: ClusterIp,
    /// Where it is reached from outside, the first of all: `spec.externalIPs`, or what a load balancer was given.
    pub external: Option<String>,
}

/// `spec.type` of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceKind {
    /// Reached in the cluster only.
    ClusterIp,
    /// Also on a port of each node.
    NodePort,
    /// Also by an address of its own from outside.
    LoadBalancer,
    /// An alias of a name elsewhere.
    ExternalName,
}

/// Where a service is reached in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClusterIp {
    /// Not known yet, or never.
    Unset,
    /// At its endpoints: it is headless.
    Headless,
    /// At these addresses, the first of them first.
    At(Vec<String>),
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePort {
    /// Its name; empty: none.
    pub name: String,
    /// Where clients connect.
    pub number: u16,
    /// Where pods listen.
    pub target: Target,
    /// What it is on.
    pub transport: Transport,
    /// `appProtocol`: what is spoken.
    pub app_protocol: Option<String>,
}

impl ServicePort {
    /// By what policies and clients call it: its name, or its number.
    pub fn section(&self) -> String {
        if self.name.is_empty() { self.number.to_string() } else { self.name.clone() }
    }
}

/// Where pods listen for a port of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// On this port.
    Number(u16),
    /// On the port of a container that has this name.
    Named(String),
}

/// A part of the endpoints of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSlice {
    /// Its name.
    pub meta: Meta,
    /// Of which service.
    pub service: Option<Arc<str>>,
    /// The endpoints that are pods of the same namespace, by their names.
    pub pods: BTreeMap<Arc<str>, Endpoint>,
}

/// One pod among the endpoints of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The pod's; empty: not said.
    pub uid: String,
    /// Where it is reached.
    pub addresses: Vec<String>,
}

/// Texts that are kept in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigMap {
    /// Its name, labels and annotations.
    pub meta: Meta,
    /// Another one of the same name has another.
    pub uid: String,
    /// What it holds.
    pub data: Texts,
}

impl ConfigMap {
    /// What it says.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.meta.labels, &self.meta.annotations, "", &serde_json::json!(self.data), &serde_json::Value::Null)
    }
}

/// An object that is there, and that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{id}: {field}: {why}")]
pub struct Unreadable {
    /// Which.
    pub id: ObjectId,
    /// Its version.
    pub version: u64,
    /// The field that cannot be read, such as `spec.ports[2].port`.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
}

/// An object as it was seen.
pub type Seen = Result<Object, Unreadable>;

/// What becomes known of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// All there are of a kind: what is not among them is gone.
    Listed {
        /// Of which kind.
        kind: ObjectKind,
        /// The version of the list.
        version: u64,
        /// All of them.
        objects: Vec<Seen>,
    },
    /// What is different, in the order in which it happened.
    Changed(Vec<Change>),
    /// Of the kinds of the mesh these are defined. Of others nothing is known, or nothing any more.
    Defined(BTreeSet<CustomKind>),
}

/// One object is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It is there, as it is now.
    Put(Seen),
    /// It is gone.
    Gone {
        /// Which.
        id: ObjectId,
        /// The version at which it went.
        version: u64,
    },
}
