//! Where the API has which objects.
use strait_core::kubernetes::{GROUP, ObjectKind, ObjectName, VERSION};

/// The group and version, as `apiVersion` says it.
pub(super) fn api_version(kind: ObjectKind) -> String {
    match kind {
        ObjectKind::EndpointSlice => "discovery.k8s.io/v1".to_owned(),
        ObjectKind::Namespace | ObjectKind::Service | ObjectKind::Pod | ObjectKind::ConfigMap => "v1".to_owned(),
        ObjectKind::Custom(_) => format!("{GROUP}/{VERSION}"),
    }
}

/// All objects of a kind, of all namespaces.
pub fn all(kind: ObjectKind) -> String {
    format!("{}/{}", root(kind), plural(kind))
}

/// All objects of a kind in a namespace.
pub fn within(kind: ObjectKind, namespace: &str) -> String {
    format!("{}/namespaces/{namespace}/{}", root(kind), plural(kind))
}

/// Those beside an object of this name.
pub fn beside(kind: ObjectKind, name: &ObjectName) -> String {
    match &*name.namespace {
        "" => all(kind),
        namespace => within(kind, namespace),
    }
}

/// Where it is said which kinds of the mesh there are.
pub fn custom_kinds() -> String {
    format!("/apis/{GROUP}/{VERSION}")
}

fn root(kind: ObjectKind) -> String {
    let version = api_version(kind);
    if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") }
}

fn plural(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Namespace => "namespaces",
        ObjectKind::Service => "services",
        ObjectKind::EndpointSlice => "endpointslices",
        ObjectKind::Pod => "pods",
        ObjectKind::ConfigMap => "configmaps",
        ObjectKind::Custom(kind) => kind.plural(),
    }
}
