//! What the users of one node asked for, in order, and which of it has been seen to happen.
use super::sameness::same_but_for_servers;
use std::collections::BTreeMap;
use strait_core::{
    node::{Change, Operation},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec, labels},
};

/// Labels that a control plane computes when a user writes a resource.
const COMPUTED: [&str; 5] = [labels::ORIGIN, labels::ZONE, labels::ENV, labels::MESH, labels::PROXY_TYPE];

/// The edits of one node. Of each resource, the changes that are seen are some of those that were asked for, in their order.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    asked: u64,
    puts: BTreeMap<Key, Vec<(u64, Resource)>>,
    deletes: BTreeMap<Key, Vec<u64>>,
    /// Of each resource, the change that was last seen to happen.
    seen: BTreeMap<Key, u64>,
}

impl Edits {
    /// Users ask for this.
    pub(crate) fn add(&mut self, changes: &[Change]) {
        for change in changes {
            self.asked += 1;
            match change {
                Change::Put(resource) => self.puts.entry(resource.key.clone()).or_default().push((self.asked, resource.clone())),
                Change::Delete(key) => self.deletes.entry(key.clone()).or_default().push(self.asked),
            }
        }
    }

    /// An operator asks for this: some operations are edits of a `Zone`.
    pub(crate) fn operate(&mut self, operation: &Operation) {
        let (zone, enabled) = match operation {
            Operation::Enable(zone) => (zone, Some(true)),
            Operation::Disable(zone) => (zone, Some(false)),
            Operation::Remove(zone) => (zone, None),
            Operation::Adopt | Operation::AdoptZone(_) | Operation::Admit(_) | Operation::Rotate { .. } => return,
        };
        let (Ok(kind), Ok(name)) = (Kind::new("Zone"), ResourceName::new(zone.as_str())) else {
            return;
        };
        let key = Key { kind, mesh: None, name };
        let Some(enabled) = enabled else {
            return self.add(&[Change::Delete(key)]);
        };
        let asked = self.puts.get(&key).and_then(|asked| asked.last());
        let gone = self.deletes.get(&key).and_then(|asked| asked.last());
        let labels = asked.filter(|(at, _)| gone.is_none_or(|gone| gone < at)).map(|(_, asked)| asked.labels.clone());
        let spec = Spec::new(serde_json::json!({ "enabled": enabled }));
        self.add(&[Change::Put(Resource { key, labels: labels.unwrap_or_default(), spec, status: None })]);
    }

    /// Whether it is as users have it: one has asked for it, and none for its end since.
    pub(crate) fn are_about(&self, key: &Key) -> bool {
        let put = self.puts.get(key).and_then(|asked| asked.last()).map(|(at, _)| *at);
        put.is_some_and(|put| self.deletes.get(key).and_then(|asked| asked.last()).is_none_or(|gone| *gone < put))
    }

    /// This is written now. Says whether a user had asked for it, since what was seen last.
    pub(crate) fn explain_put(&mut self, resource: &Resource) -> bool {
        let seen = self.seen.get(&resource.key).copied().unwrap_or(0);
        let asked = self.puts.get(&resource.key).map_or(&[][..], Vec::as_slice);
        let later = &asked[asked.partition_point(|(at, _)| *at <= seen)..];
        let found = later.iter().find(|(_, asked)| is_asked(asked, resource)).map(|(at, _)| *at);
        self.happened(&resource.key, found)
    }

    /// This is gone now. Says whether a user had asked for it, or for the end of its mesh.
    pub(crate) fn explain_delete(&mut self, key: &Key) -> bool {
        let seen = self.seen.get(key).copied().unwrap_or(0);
        let mesh = key.mesh.as_ref().and_then(|mesh| ResourceName::new(mesh.as_str()).ok());
        let mesh = mesh.map(|name| Key { kind: Kind::mesh(), mesh: None, name });
        let asked = [Some(key), mesh.as_ref()].into_iter().flatten().filter_map(|deleted| self.deletes.get(deleted));
        let found = asked.filter_map(|asked| asked.get(asked.partition_point(|at| *at <= seen))).min().copied();
        self.happened(key, found)
    }

    fn happened(&mut self, key: &Key, found: Option<u64>) -> bool {
        if let Some(at) = found {
            self.seen.insert(key.clone(), at);
        }
        found.is_some()
    }
}

/// Whether a user who asked for the one gets the other: but for the labels that a control plane computes, and for who serves a service, it is the
/// same.
pub(crate) fn is_asked(asked: &Resource, written: &Resource) -> bool {
    others(&asked.labels).eq(others(&written.labels)) && same_but_for_servers(asked, written)
}

/// The labels that no control plane computes.
fn others(labels: &Labels) -> impl Iterator<Item = (&String, &String)> {
    labels.iter().filter(|(label, _)| !COMPUTED.contains(&label.as_str()))
}
