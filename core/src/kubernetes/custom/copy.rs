//! What the zone holds, as a custom resource: where it stands, and what it says.
//!
//! What was made of a pod or a service stands beside it, under its name. All else stands in the namespace of the control plane under the name that it
//! has in the zone, in which the mesh is hashed where it came from elsewhere; here it is hashed for what the zone made itself.
use super::{
    super::{
        ground,
        object::{ObjectId, ObjectKind, ObjectName, Texts},
    },
    kind::{CustomKind, GROUP, Placed, VERSION},
    object::{COPIED_BY, CustomObject, Digest, MARK},
};
use crate::resource::{Key, Labels, MeshName, Origin, Resource, ResourceName, Scope, Spec, ZoneName, hashed_name, labels};
use serde_json::{Map, Value, json};

/// The name of a resource that users write in the zone, where the name of its copy is another.
const NAME: &str = "kuma.io/resource-name";

/// An object that the zone writes, as it is to be.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) id: ObjectId,
    pub(crate) digest: Digest,
    object: Value,
}

/// The copy of a resource; `None`: there is none in clusters.
pub(crate) fn copy_of(resource: &Resource, zone: &ZoneName, system_namespace: &str) -> Option<Copy> {
    let kind = CustomKind::of(resource.kind())?;
    let spec = resource.spec.value()?.clone();
    let status = resource.status.as_ref().and_then(Spec::value).cloned().unwrap_or_default();
    let (mut said, mut annotations) = (Texts::new(), Texts::new());
    for (label, value) in &resource.labels {
        if is_label(label, value) {
            said.insert(label.clone(), value.clone());
        } else if is_qualified(label) {
            annotations.insert(label.clone(), value.clone());
        }
    }
    said.insert(MARK.to_owned(), COPIED_BY.to_owned());
    if let Some(mesh) = resource.mesh() {
        said.insert(labels::MESH.to_owned(), mesh.to_string());
    }
    annotations.retain(|label, _| super::super::annotations::is_ours(label));
    if is_of(resource, zone) && is_written(resource) {
        annotations.insert(NAME.to_owned(), resource.key.name.to_string());
    }
    let mesh = if kind.has_mesh_field() { resource.mesh().map_or("", MeshName::as_str) } else { "" }.to_owned();
    let digest = Digest::of(&said, &annotations, &mesh, &spec, &status);
    let name = name_of(resource, kind, zone, system_namespace);
    let mut object = Map::from_iter([
        ("apiVersion".to_owned(), json!(format!("{GROUP}/{VERSION}"))),
        ("kind".to_owned(), json!(kind)),
        ("metadata".to_owned(), metadata(&name, &said, &annotations)),
        ("spec".to_owned(), spec),
    ]);
    if !mesh.is_empty() {
        object.insert("mesh".to_owned(), json!(mesh));
    }
    if !status.is_null() {
        object.insert("status".to_owned(), status);
    }
    Some(Copy { id: ObjectId { kind: ObjectKind::Custom(kind), name }, digest, object: Value::Object(object) })
}

/// The resource that a copy is of, if a user wrote that in this zone: it is not made of anything else, so that nothing else brings it back to a zone
/// that lost its store.
pub(crate) fn copied(object: &CustomObject, zone: &ZoneName) -> Option<Resource> {
    let mut labels: Labels = object.meta.labels.iter().map(|(label, value)| (label.clone(), value.clone())).collect();
    labels.extend(object.meta.annotations.iter().map(|(label, value)| (label.clone(), value.clone())));
    labels.remove(MARK);
    let name = ResourceName::new(&labels.remove(NAME)?).ok()?;
    let scope = object.kind.facts()?.scope;
    let mesh = labels.get(labels::MESH).filter(|_| scope == Scope::Mesh).and_then(|mesh| MeshName::new(mesh).ok());
    let key = Key { kind: object.kind.kind(), mesh, name };
    let status = Some(&object.status).filter(|status| status.is_object()).cloned().map(Spec::new);
    let resource = Resource { key, labels, spec: Spec::new(object.spec.clone()), status };
    (is_of(&resource, zone) && is_written(&resource)).then_some(resource)
}

/// Whether a resource is one of this zone.
pub(crate) fn is_of(resource: &Resource, zone: &ZoneName) -> bool {
    resource.origin() == Some(Origin::Zone) && resource.zone().as_ref() == Some(zone)
}

/// Whether a user wrote it: not the zone, and no proxy brought it. Or it says whom others are to trust: certificates that the zone signed are in use still.
fn is_written(resource: &Resource) -> bool {
    let is_made = matches!(resource.kind().as_str(), "Dataplane" | "ZoneIngress");
    !is_made && !resource.labels.contains_key(labels::MANAGED_BY)
}

fn metadata(name: &ObjectName, labels: &Texts, annotations: &Texts) -> Value {
    let mut metadata = json!({"name": &*name.name, "labels": labels, "annotations": annotations});
    if !name.namespace.is_empty() {
        metadata["namespace"] = json!(&*name.namespace);
    }
    metadata
}

fn name_of(resource: &Resource, kind: CustomKind, zone: &ZoneName, system_namespace: &str) -> ObjectName {
    let own = resource.key.name.as_str();
    let is_ours = is_of(resource, zone);
    let is_converted = resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == ground::BY);
    let namespace = resource.labels.get(labels::NAMESPACE).filter(|namespace| !namespace.is_empty());
    if let Some(namespace) = namespace
        && is_ours
        && is_converted
        && own.strip_suffix(namespace.as_str()).and_then(|rest| rest.strip_suffix('.')) == Some(resource.display_name())
    {
        return ObjectName::new(namespace, resource.display_name());
    }
    let mesh = resource.mesh().map_or("", MeshName::as_str);
    // Names of objects have no `_`, and one namespace holds what is of all meshes.
    let is_one = !own.contains('_') && (!is_ours || mesh.is_empty());
    let name = if is_one { own.to_owned() } else { hashed_name(mesh, &own.replace('_', "-"), &[own]) };
    match kind.placed() {
        Placed::Namespaced => ObjectName::new(system_namespace, &name),
        Placed::Cluster => ObjectName::new("", &name),
    }
}

impl Copy {
    /// Texts that the zone keeps in its cluster.
    pub(crate) fn kept(name: ObjectName, data: &Texts) -> Self {
        let labels = Texts::from([(MARK.to_owned(), COPIED_BY.to_owned())]);
        let digest = Digest::of(&labels, &Texts::new(), "", &json!(data), &Value::Null);
        let metadata = metadata(&name, &labels, &Texts::new());
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        Self { id: ObjectId { kind: ObjectKind::ConfigMap, name }, digest, object }
    }

    /// As it is written. `held`: the uid and the version of the one that it takes the place of.
    pub(crate) fn object(mut self, held: Option<(&str, u64)>) -> Value {
        if let Some((uid, version)) = held {
            self.object["metadata"]["uid"] = json!(uid);
            self.object["metadata"]["resourceVersion"] = json!(version.to_string());
        }
        self.object
    }
}

/// Whether the API takes it as a label. What it does not take stands in an annotation, as Kuma does with names.
fn is_label(label: &str, value: &str) -> bool {
    is_qualified(label) && (value.is_empty() || is_short(value))
}

/// An optional domain, and a name.
fn is_qualified(label: &str) -> bool {
    let (domain, name) = label.rsplit_once('/').map_or((None, label), |(domain, name)| (Some(domain), name));
    is_short(name) && domain.is_none_or(is_domain)
}

fn is_domain(text: &str) -> bool {
    let part = |part: &str| {
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        edge(part.bytes().next())
            && edge(part.bytes().last())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// At most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_short(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63
        && edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
