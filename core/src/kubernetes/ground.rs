//! What an object stands on: its zone, its namespace, its mesh.
use super::{
    annotations::{self, INJECTION, MESH},
    object::{Meta, Namespace, Texts},
    problem::{Problems, Reason},
};
use crate::resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName, labels, model};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Who makes what is made of objects, as Kuma says it.
pub(crate) const BY: &str = "k8s-controller";

/// The account of a pod.
pub(crate) const SERVICE_ACCOUNT: &str = "k8s.kuma.io/service-account";
/// What a proxy is a copy of.
const WORKLOAD: &str = "kuma.io/workload";

/// Labels of which objects have no say.
const COMPUTED: [&str; 8] = [
    labels::ORIGIN,
    labels::ZONE,
    labels::ENV,
    labels::NAMESPACE,
    labels::DISPLAY_NAME,
    labels::MANAGED_BY,
    labels::PROXY_TYPE,
    SERVICE_ACCOUNT,
];

/// What the conversion has to know of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MeshServicesOf {
    /// None are made in it (`meshServices.mode: Disabled`, or nothing).
    None,
    /// They stand beside the older tags.
    Beside,
    /// There is nothing else (`Exclusive`).
    Only,
}

/// The meshes of a zone.
pub(super) type Meshes = BTreeMap<Arc<str>, MeshServicesOf>;

/// What all objects stand on.
#[derive(Clone, Debug)]
pub struct Place {
    /// The zone.
    pub zone: ZoneName,
    /// The namespace of the control plane, in which alone there are ingresses.
    pub system_namespace: String,
}

/// The mesh that an object wants to be in: what its own label says, its own annotation, its namespace's label, its namespace's annotation.
pub(super) fn mesh_of<'a>(meta: &'a Meta, namespace: &'a Namespace) -> &'a str {
    let places = [&meta.labels, &meta.annotations, &namespace.meta.labels, &namespace.meta.annotations];
    places.into_iter().find_map(|place| annotations::text(place, MESH)).unwrap_or("default")
}

/// Whether what is in a namespace gets a sidecar.
pub(super) fn is_injected(namespace: &Namespace, problems: &mut Problems) -> bool {
    annotations::switch(&namespace.meta.labels, INJECTION, problems).unwrap_or(false)
}

/// The mesh that an object is in, if there is that mesh.
pub(super) fn mesh<'a>(wanted: &str, meshes: &'a Meshes, problems: &mut Problems) -> Option<(MeshName, &'a MeshServicesOf)> {
    let found = MeshName::new(wanted).map_err(|error| error.to_string()).and_then(|name| match meshes.get(wanted) {
        Some(services) => Ok((name, services)),
        None => Err(format!("there is no Mesh `{wanted}` in this zone")),
    });
    found.map_err(|why| problems.add(Reason::MeshMissing, why)).ok()
}

/// The name that Kuma gives to what is made of an object.
pub(super) fn resource_name(name: &str, namespace: &str) -> Result<ResourceName, String> {
    ResourceName::new(&format!("{name}.{namespace}")).map_err(|error| error.to_string())
}

/// What is made of a pod or of a service.
pub(super) struct Draft<'a> {
    pub(super) kind: Kind,
    pub(super) mesh: Option<MeshName>,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) proxy_type: Option<&'static str>,
    pub(super) spec: Value,
    pub(super) status: Option<Value>,
}

impl Draft<'_> {
    /// The resource, if it is one that a control plane takes; else what is wrong with it.
    ///
    /// `carried`: the labels of the object, `made`: those that follow from it.
    pub(super) fn resource(
        self,
        place: &Place,
        carried: &Texts,
        made: impl IntoIterator<Item = (&'static str, String)>,
        problems: &mut Problems,
    ) -> Result<Resource, String> {
        let name = resource_name(self.name, self.namespace)?;
        let zone = place.zone.as_str();
        let computed = [
            (labels::ORIGIN, "zone"),
            (labels::ZONE, zone),
            (labels::ENV, "kubernetes"),
            (labels::NAMESPACE, self.namespace),
            (labels::DISPLAY_NAME, self.name),
            (labels::MANAGED_BY, BY),
        ];
        let mesh = self.mesh.as_ref().map(|mesh| (labels::MESH, mesh.as_str()));
        let computed = computed.into_iter().chain(mesh).chain(self.proxy_type.map(|of| (labels::PROXY_TYPE, of)));
        let mut all: Labels = carried.clone();
        for label in COMPUTED {
            all.remove(label);
        }
        all.extend(made.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| (label.to_owned(), value)));
        for (label, value) in computed {
            if let Some(said) = carried.get(label).filter(|said| *said != value) {
                problems.add(Reason::LabelIgnored, format!("the label `{label}` is computed: it is `{value}`, not `{said}`"));
            }
            all.insert(label.to_owned(), value.to_owned());
        }
        let key = Key { kind: self.kind, mesh: self.mesh, name };
        let resource = Resource { key, labels: all, spec: Spec::new(self.spec), status: self.status.map(Spec::new) };
        let wrong = model::validate(&resource);
        let wrong = if wrong.is_empty() { model::beyond_proxies(&resource) } else { wrong };
        if wrong.is_empty() { Ok(resource) } else { Err(in_words(&wrong)) }
    }
}

fn in_words(wrong: &[model::Violation]) -> String {
    wrong.iter().map(|(field, why)| format!("{field}: {why}")).collect::<Vec<_>>().join("; ")
}

/// Labels that follow from who a pod runs as.
pub(super) fn workload(pod_labels: &Texts, service_account: &str) -> [(&'static str, String); 2] {
    let workload = annotations::text(pod_labels, WORKLOAD).unwrap_or(service_account);
    [(SERVICE_ACCOUNT, service_account.to_owned()), (WORKLOAD, workload.to_owned())]
}
