//! What a user applies in the cluster, as a resource of the zone: names, labels and meshes by Kuma 2.14's rules.
use super::{
    super::{
        ground::{Place, resource_name},
        object::Texts,
        problem::{Problem, Problems, Reason},
    },
    kind::Placed,
    object::CustomObject,
};
use crate::resource::{Across, Key, Labels, MeshName, PolicyRole, Resource, ResourceName, Scope, Spec, labels, policy_role};
use serde_json::{Map, Value};

/// Who writes what an object of the cluster says.
pub(crate) const BY_OBJECT: &str = "k8s-object";

/// Labels of which objects have no say.
const COMPUTED: [&str; 8] = [
    labels::ORIGIN,
    labels::ZONE,
    labels::ENV,
    labels::NAMESPACE,
    labels::DISPLAY_NAME,
    labels::MANAGED_BY,
    labels::PROXY_TYPE,
    labels::POLICY_ROLE,
];

/// Kinds that say something about all of a zone, so that they stand in the namespace of its control plane.
const SYSTEM_ONLY: [&str; 5] = ["HostnameGenerator", "MeshExternalService", "MeshIdentity", "MeshOpenTelemetryBackend", "MeshTrust"];

/// The resource that an object is; else what is wrong with it.
pub(crate) fn resource_of(place: &Place, object: &CustomObject) -> (Option<Resource>, Vec<Problem>) {
    let mut problems = Problems::default();
    let resource = draft(place, object, &mut problems).map_err(|why| problems.add(Reason::Refused, why)).ok();
    (resource, problems.0)
}

fn draft(place: &Place, object: &CustomObject, problems: &mut Problems) -> Result<Resource, String> {
    let (name, namespace) = (&*object.meta.name.name, &*object.meta.name.namespace);
    let is_namespaced = object.kind.placed() == Placed::Namespaced;
    let in_system = namespace == place.system_namespace;
    if is_namespaced && !in_system && SYSTEM_ONLY.contains(&object.kind.as_str()) {
        return Err(format!("metadata.namespace: {} is for the namespace `{}` only", object.kind, place.system_namespace));
    }
    let key = Key {
        kind: object.kind.kind(),
        mesh: mesh_of(object)?,
        name: match is_namespaced {
            true => resource_name(name, namespace)?,
            false => ResourceName::new(name).map_err(|error| error.to_string())?,
        },
    };
    let spec = match &object.spec {
        Value::Null => Value::Object(Map::new()),
        spec @ Value::Object(_) => spec.clone(),
        _ => return Err("spec: must be a map".to_owned()),
    };
    let mut resource = Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None };
    resource.labels = carried(&object.meta.labels);
    let mut computed = vec![
        (labels::ORIGIN, "zone"),
        (labels::ZONE, place.zone.as_str()),
        (labels::ENV, "kubernetes"),
        (labels::DISPLAY_NAME, name),
        (labels::MANAGED_BY, BY_OBJECT),
    ];
    computed.extend(is_namespaced.then_some((labels::NAMESPACE, namespace)));
    for (label, value) in computed {
        let said = object.meta.labels.get(label).filter(|said| *said != value && label != labels::MANAGED_BY);
        if let Some(said) = said {
            problems.add(Reason::LabelIgnored, format!("the label `{label}` is computed: it is `{value}`, not `{said}`"));
        }
        resource.labels.insert(label.to_owned(), value.to_owned());
    }
    if let Some(mesh) = resource.mesh().map(ToString::to_string) {
        resource.labels.insert(labels::MESH.to_owned(), mesh);
    }
    if object.kind.facts().is_some_and(|facts| facts.across == Across::Producer) {
        let role = if in_system { PolicyRole::System } else { policy_role(&resource).map_err(|mixed| format!("spec: {mixed}"))? };
        resource.labels.insert(labels::POLICY_ROLE.to_owned(), role.as_str().to_owned());
    }
    Ok(resource)
}

/// The mesh that it names, by its field or its label, as is usual for its kind; else Kuma's default.
fn mesh_of(object: &CustomObject) -> Result<Option<MeshName>, String> {
    if object.kind.facts().is_none_or(|facts| facts.scope == Scope::Global) {
        return Ok(None);
    }
    let label = object.meta.labels.get(labels::MESH).map(String::as_str);
    let (field, said) = match object.mesh.as_deref().filter(|_| object.kind.has_mesh_field()) {
        Some(mesh) if !mesh.is_empty() => ("mesh", mesh),
        _ => ("metadata.labels[\"kuma.io/mesh\"]", label.filter(|mesh| !mesh.is_empty()).unwrap_or("default")),
    };
    MeshName::new(said).map(Some).map_err(|error| format!("{field}: {error}"))
}

fn carried(all: &Texts) -> Labels {
    all.iter().filter(|(label, _)| !COMPUTED.contains(&label.as_str())).map(|(label, value)| (label.clone(), value.clone())).collect()
}
