//! A service becomes a `MeshService`; a headless one becomes one for each of its endpoints.
use super::{
    annotations::{self, GATEWAY, IGNORE, MESH, ZONE_PROXY},
    ground::{self, Draft, MeshServicesOf, Meshes, Place},
    inbound::{self, SERVICE_NAME},
    object::{ClusterIp, Namespace, Pod, Service, ServicePort, Target, Texts, Transport},
    problem::{Problems, Reason},
};
use crate::resource::{Kind, MeshName, Resource, labels};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// Whether it is made of a headless service.
const HEADLESS: &str = "k8s.kuma.io/is-headless-service";
/// Labels of a pod of a StatefulSet, which names are made of.
const OF_POD: [&str; 2] = ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"];

/// Who serves a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backing {
    /// Pods of the mesh that it selects.
    pub(super) pods: usize,
    /// Those of them that are ready.
    pub(super) ready: usize,
    /// Those of them that are gateways.
    pub(super) gateways: usize,
}

impl Backing {
    /// Whether what is sent to it comes from outside of the mesh. Kuma asks one pod, whichever; one that is annotated by mistake must not take a
    /// service from all others.
    pub(super) fn is_of_gateways(self) -> bool {
        self.pods > 0 && self.gateways == self.pods
    }
}

/// Whether a service is to be in a mesh, and in which.
pub(super) fn in_mesh(
    service: &Service,
    namespace: &Namespace,
    meshes: &Meshes,
    backing: Backing,
    problems: &mut Problems,
) -> Option<MeshName> {
    if !is_wanted(service, namespace, problems) || backing.is_of_gateways() {
        return None;
    }
    let (mesh, mode) = ground::mesh(ground::mesh_of(&service.meta, namespace), meshes, problems)?;
    (*mode != MeshServicesOf::None).then_some(mesh)
}

/// Whether its author wants a service to be in a mesh, whichever.
fn is_wanted(service: &Service, namespace: &Namespace, problems: &mut Problems) -> bool {
    let meta = &service.meta;
    let is_said = meta.labels.contains_key(MESH) || ground::is_injected(namespace, &mut Problems::default());
    is_said
        && annotations::switch(&meta.annotations, IGNORE, problems) != Some(true)
        && !meta.annotations.contains_key(GATEWAY)
        && !meta.labels.contains_key(ZONE_PROXY)
        && service.cluster_ip != ClusterIp::Unset
}

/// The `MeshService` of a service that has an address of its own.
pub(super) fn of(place: &Place, service: &Service, mesh: MeshName, backing: Backing, problems: &mut Problems) -> Option<Resource> {
    let ClusterIp::At(addresses) = &service.cluster_ip else { return None };
    let namespace = &service.meta.name.namespace;
    let mut tags: Texts = service.selector.clone();
    tags.insert(labels::NAMESPACE.to_owned(), namespace.to_string());
    if service.selector.is_empty() {
        // Kuma selects all proxies of the namespace.
        tags.insert(SERVICE_NAME.to_owned(), service.meta.name.name.to_string());
    }
    if backing.pods == 0 {
        let none_named = "no pod of the mesh serves it: it has no selector, and none stands in its EndpointSlices";
        let what = if service.selector.is_empty() { none_named } else { "its selector fits no pod of the mesh" };
        problems.add(Reason::SelectsNothing, what);
    }
    let spec = spec(service, json!({"dataplaneTags": tags}), backing.ready > 0, problems);
    let name = &service.meta.name.name;
    draft(place, service, mesh, name, spec, addresses, [(HEADLESS, "false".to_owned())], problems)
}

/// The `MeshService` of one endpoint of a headless service.
pub(super) fn of_endpoint(
    place: &Place,
    service: &Service,
    mesh: MeshName,
    (name, pod, addresses, is_ready): (&str, Option<&Pod>, &[String], bool),
    problems: &mut Problems,
) -> Option<Resource> {
    let selector = json!({"dataplaneRef": {"name": format!("{name}.{}", service.meta.name.namespace)}});
    let spec = spec(service, selector, is_ready, problems);
    let of_pod = OF_POD.into_iter().filter_map(|label| Some((label, pod?.meta.labels.get(label)?.clone())));
    let made = of_pod.chain([(HEADLESS, "true".to_owned())]);
    draft(place, service, mesh, &endpoint_name(service, name), spec, addresses, made, problems)
}

/// The name of what is made of an endpoint: that of the pod with a hash of the service, as Kuma makes it.
fn endpoint_name(service: &Service, pod: &str) -> String {
    const LONGEST: usize = 63;
    const HASH: usize = 10;
    let mut hashed = vec![&*service.meta.name.name, &*service.meta.name.namespace];
    let is_long = pod.len() + HASH + 1 > LONGEST;
    if is_long {
        hashed.push(pod);
    }
    // FNV-1a, in digits, in letters that make no words.
    let hash =
        hashed.iter().flat_map(|part| part.bytes()).fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let letters = b"bcdfghjklmnpqrstvwxz2456789";
    let safe: String = hash.to_string().bytes().map(|digit| char::from(letters[usize::from(digit) % letters.len()])).collect();
    let prefix = if is_long { &pod[..LONGEST - HASH - 1] } else { pod };
    format!("{prefix}-{safe}")
}

fn spec(service: &Service, selector: Value, is_available: bool, problems: &mut Problems) -> Value {
    let (carried, other): (Vec<&ServicePort>, Vec<&ServicePort>) = service.ports.iter().partition(|port| port.transport == Transport::Tcp);
    if !other.is_empty() {
        let ports: Vec<String> = other.iter().map(|port| port.section()).collect();
        problems.add(Reason::IgnoredUnsupportedPort, format!("ports that are not on TCP are in no mesh: {}", ports.join(", ")));
    }
    let (name, namespace) = (&service.meta.name.name, &service.meta.name.namespace);
    let mut written = Vec::new();
    for port in &carried {
        let target = match &port.target {
            Target::Number(number) => json!(number),
            Target::Named(name) => json!(name),
        };
        let protocol = inbound::protocol(service, port, problems);
        written.push(json!({"name": port.section(), "port": port.number, "targetPort": target, "appProtocol": protocol}));
    }
    let tag = |port: &&ServicePort| json!({"type": "ServiceTag", "value": inbound::service_tag(name, namespace, port.number)});
    let identities: Vec<Value> = carried.iter().map(tag).collect();
    let state = if is_available { "Available" } else { "Unavailable" };
    json!({"selector": selector, "ports": written, "identities": identities, "state": state})
}

#[expect(clippy::too_many_arguments, reason = "each is one fact of what is made")]
fn draft(
    place: &Place,
    service: &Service,
    mesh: MeshName,
    name: &str,
    spec: Value,
    addresses: &[String],
    made: impl IntoIterator<Item = (&'static str, String)>,
    problems: &mut Problems,
) -> Option<Resource> {
    let (known, other): (Vec<&String>, Vec<&String>) = addresses.iter().partition(|address| address.parse::<IpAddr>().is_ok());
    if let Some(other) = other.first() {
        problems.add(Reason::NotUnderstood, format!("`{other}` is no IP address; it is passed over"));
    }
    if !known.is_empty() && known.iter().all(|address| address.parse::<Ipv4Addr>().is_err()) {
        problems
            .add(Reason::NoIpv4Address, "it has no IPv4 address: proxies are told of no other, and pass on what is sent to it as it is");
    }
    let vips: Vec<Value> = known.into_iter().map(|address| json!({"ip": address})).collect();
    let draft = Draft {
        kind: Kind::mesh_service(),
        mesh: Some(mesh),
        name,
        namespace: &service.meta.name.namespace,
        proxy_type: None,
        spec,
        status: Some(json!({"vips": vips})),
    };
    let made = made.into_iter().chain([(SERVICE_NAME, service.meta.name.name.to_string())]);
    let drafted = draft.resource(place, &service.meta.labels, made, problems);
    drafted.map_err(|why| problems.add(Reason::FailedToGenerateMeshService, why)).ok()
}
