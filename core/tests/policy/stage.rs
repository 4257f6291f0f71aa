//! Resources by hand, and an index that holds them.
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::{
    policy::{Affected, PolicyIndex, PolicyKind, Resolved},
    resource::{Key, Kind, MeshName, Resource, ResourceName, from_json},
};

/// An index, and what it was told.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) index: PolicyIndex,
}

impl Stage {
    /// With these resources in universal form, in YAML.
    pub(crate) fn with(yaml: &str) -> Self {
        let mut stage = Self::default();
        for resource in strait_core::resource::from_yaml(yaml).unwrap() {
            stage.put(resource);
        }
        stage
    }

    pub(crate) fn put(&mut self, resource: Resource) -> Affected {
        let resource = Arc::new(resource);
        self.index.apply([(&resource.key, Some(&resource))])
    }

    pub(crate) fn delete(&mut self, kind: &str, name: &str) -> Affected {
        self.index.apply([(&key(kind, name), None)])
    }

    pub(crate) fn resolve(&self, dataplane: &str, kind: &str) -> Resolved {
        self.index.resolve(&default_mesh(), &ResourceName::new(dataplane).unwrap(), PolicyKind::named(kind).unwrap()).unwrap()
    }
}

pub(crate) fn default_mesh() -> MeshName {
    MeshName::new("default").unwrap()
}

pub(crate) fn key(kind: &str, name: &str) -> Key {
    Key { kind: Kind::new(kind).unwrap(), mesh: Some(default_mesh()), name: ResourceName::new(name).unwrap() }
}

/// A proxy with one inbound.
pub(crate) fn proxy(name: &str, labels: &Value) -> Resource {
    from_json(&json!({
        "type": "Dataplane", "name": name, "labels": labels,
        "networking": {"address": "10.0.0.1", "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}]}
    }))
    .unwrap()
}

/// A policy for how long proxies that `target` selects wait for requests.
pub(crate) fn timeout(name: &str, target: &Value, seconds: u32) -> Resource {
    from_json(&json!({"type": "MeshTimeout", "name": name, "spec": {
        "targetRef": target,
        "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"requestTimeout": format!("{seconds}s")}}}]
    }}))
    .unwrap()
}
