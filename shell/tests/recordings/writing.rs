//! What a recorded control plane held, as its users wrote it: without what control planes add.
use super::{meaning::Told, signing_key};
use std::collections::BTreeMap;
use strait_core::{
    node::Change,
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, labels},
};

/// Labels that a Kuma computes when something is written, or on the way.
const COMPUTED: [&str; 6] = [labels::ORIGIN, labels::ZONE, labels::DISPLAY_NAME, labels::MESH, labels::ENV, labels::PROXY_TYPE];

/// What is written on our control plane, by kind and name on the wire.
#[derive(Default)]
pub(crate) struct Written(BTreeMap<(String, String), (Key, Told)>);

impl Written {
    /// The edit after which what is told is held. Nothing, if it is.
    pub(crate) fn put(&mut self, kind: &str, name: &str, told: &Told) -> Option<Change> {
        let at = (kind.to_owned(), name.to_owned());
        if self.0.get(&at).is_some_and(|(_, before)| before == told) {
            return None;
        }
        let resource = as_written(kind, told);
        self.0.insert(at, (resource.key.clone(), told.clone()));
        Some(Change::Put(resource))
    }

    /// The edit after which it is not held any more. Nothing, if it was not written here.
    pub(crate) fn delete(&mut self, kind: &str, name: &str) -> Option<Change> {
        let (key, _) = self.0.remove(&(kind.to_owned(), name.to_owned()))?;
        Some(Change::Delete(key))
    }

    /// The names of what is held of a kind.
    pub(crate) fn names_of(&self, kind: &str) -> Vec<String> {
        self.0.keys().filter(|(of, _)| of == kind).map(|(_, name)| name.clone()).collect()
    }
}

fn as_written(kind: &str, told: &Told) -> Resource {
    let name = told.labels.get(labels::DISPLAY_NAME).unwrap_or(&told.name);
    let mesh = (!told.mesh.is_empty()).then(|| MeshName::new(&told.mesh).unwrap());
    let labels: Labels = told.labels.clone().into_iter().filter(|(label, _)| !COMPUTED.contains(&label.as_str())).collect();
    Resource {
        key: Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() },
        labels,
        spec: Spec::new(signing_key::around(told).unwrap_or_else(|| told.spec.json().clone())),
        status: told.status.as_ref().map(|status| Spec::new(status.json().clone())),
    }
}
