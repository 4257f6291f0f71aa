//! Where the API has which objects.
use strait_core::kubernetes::{ObjectKind, ObjectName};

/// The group and version, as `apiVersion` says it.
pub(super) fn api_version(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::EndpointSlice => "discovery.k8s.io/v1",
        ObjectKind::Namespace | ObjectKind::Service | ObjectKind::Pod => "v1",
    }
}

/// All objects of a kind, of all namespaces.
pub(super) fn all(kind: ObjectKind) -> String {
    format!("{}/{}", root(kind), plural(kind))
}

/// Those beside an object of this name.
pub(super) fn beside(kind: ObjectKind, name: &ObjectName) -> String {
    match &*name.namespace {
        "" => all(kind),
        namespace => format!("{}/namespaces/{namespace}/{}", root(kind), plural(kind)),
    }
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
    }
}
