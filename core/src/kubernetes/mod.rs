//! From a cluster to a mesh: pods become `Dataplane`s and `ZoneIngress`es, services become `MeshService`s, by Kuma 2.14's rules.
//!
//! Pure and incremental: objects as they are known go in, what becomes different comes out. Nothing here asks an API.
//!
//! Where it goes another way than Kuma: a service without a selector has the pods that its EndpointSlices name (there: all of its namespace);
//! a service is for no mesh if all of its pods are gateways (there: one of them, whichever); nonsense in an annotation is passed over, but where a
//! proxy cannot be without it (there: all of the pod fails);
//! the annotation `PORT.service.kuma.io/protocol` counts for clients, too; a pod whose manifest has the sidecar in it needs no annotation that says
//! so; which Deployment a pod is of follows from its ReplicaSet's name; no labels of nodes are copied, and no address of one is advertised. There
//! are no egresses, builtin gateways, virtual probes and aggregated metrics.
mod annotations;
mod ask;
mod conversion;
mod custom;
mod from_pod;
mod ground;
mod inbound;
mod index;
mod ingress;
mod kept;
mod object;
mod pod;
mod problem;
mod read;
mod service;

pub use ask::{Answered, Ask, NotDone, Wish};
pub use conversion::{Conversion, Converted};
pub(crate) use custom::{BY_OBJECT, Copy, copied, copy_of, resource_of};
pub use custom::{CustomKind, CustomObject, Digest, GROUP, NotCustom, OWN, Placed, VERSION, definition};
pub use from_pod::{FromPod, pod_of};
pub(crate) use ground::BY;
pub use ground::{MeshServicesOf, Place};
pub(crate) use kept::{Kept, address_id, address_of, history_id, of_address, of_history, said_by};
pub use object::{
    Change, ClusterIp, ConfigMap, Container, ContainerPort, Endpoint, EndpointSlice, Meta, Namespace, News, Object, ObjectId, ObjectKind,
    ObjectName, Owner, Pod, Seen, Service, ServiceKind, ServicePort, Target, Texts, Transport, Unreadable,
};
pub use problem::{Problem, Reason};
pub use read::{MOST_ANNOTATION, MOST_ITEMS, MOST_TEXT, NotAnObject, kind_of, read};
