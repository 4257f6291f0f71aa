//! What users and operators asked for, and what they were answered.
use crate::{conditions::Counted, event::NodeId, meters::Meters};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};
use strait_core::{
    node::{Change, EditOutcome, Ticket},
    resource::{Key, Kind, ResourceName, to_json},
};

/// What users have written so far.
#[derive(Debug, Default)]
pub struct Ledger {
    last_ticket: u64,
    /// What was asked and not answered yet.
    open: BTreeMap<Ticket, Asked>,
    /// What should exist, by where it was written.
    written: BTreeMap<NodeId, BTreeMap<Key, u64>>,
    /// Every change.
    changes: Vec<Written>,
    /// Meshes that users of global deleted, and how many changes there had been when they last did.
    deleted_meshes: BTreeMap<Key, usize>,
    marks: BTreeMap<Counted, Mark>,
    /// What expectations have seen that later ones are about.
    notes: BTreeMap<String, String>,
}

/// One change.
#[derive(Debug)]
struct Written {
    at: NodeId,
    key: Key,
    /// Of the resource in its new version; of its key, if it was deleted.
    size: u64,
    /// Tells its new version from others; `None`: it was deleted.
    version: Option<u64>,
}

/// From where something is counted.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// The meters at that moment.
    pub meters: Meters,
    changes: usize,
}

/// Something that was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) at: NodeId,
    /// In words.
    pub(super) what: String,
    pub(super) changes: Vec<Change>,
    /// It must be refused, with these words.
    pub(super) refused: Option<String>,
}

impl Ledger {
    /// The keys that users have written at a control plane and not deleted.
    pub fn written_at(&self, at: &NodeId) -> impl Iterator<Item = &Key> {
        self.written.get(at).into_iter().flat_map(BTreeMap::keys)
    }

    /// Whether users of global have deleted its mesh since somebody last wrote there what had not been there before. A plain Kuma
    /// looks at its database now and then: what went and came back as it was it may never have seen change.
    pub fn mesh_went_since(&self, at: &NodeId, key: &Key) -> bool {
        let mesh = key.mesh.as_ref().and_then(|mesh| ResourceName::new(mesh.as_str()).ok());
        let mesh = mesh.map(|name| Key { kind: Kind::mesh(), mesh: None, name });
        let Some(went) = mesh.and_then(|mesh| self.deleted_meshes.get(&mesh)) else {
            return false;
        };
        let is_it = |change: &&Written| change.at == *at && change.key == *key;
        let (before, since) = self.changes.split_at(*went);
        let last = since.iter().rfind(is_it);
        last.is_none_or(|last| before.iter().filter(is_it).any(|before| before.version == last.version))
    }

    /// From where this is counted; `None`: from the beginning.
    pub fn mark(&self, counted: Counted) -> Option<&Mark> {
        self.marks.get(&counted)
    }

    /// The size of what users changed since that mark, each resource once, in bytes of Kuma's JSON. A deletion counts as its key.
    pub fn changed_since(&self, counted: Counted) -> u64 {
        let since = self.marks.get(&counted).map_or(0, |mark| mark.changes);
        let sizes = self.changes[since..].iter().map(|change| ((&change.at, &change.key), change.size));
        let last: BTreeMap<(&NodeId, &Key), u64> = sizes.collect();
        last.values().sum()
    }

    pub(super) fn remember(&mut self, name: String, seen: String) {
        self.notes.insert(name, seen);
    }

    /// What an expectation before has seen, by the name under which it is remembered.
    pub(crate) fn remembered(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    pub(super) fn set_mark(&mut self, counted: Counted, meters: &Meters) {
        self.marks.insert(counted, Mark { meters: meters.clone(), changes: self.changes.len() });
    }

    pub(super) fn ask(&mut self, at: &NodeId, what: String, changes: &[Change], refused: Option<String>) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.open.insert(ticket, Asked { at: at.clone(), what, changes: changes.to_vec(), refused });
        ticket
    }

    /// An answer came. Returns what was asked.
    pub(super) fn answered(&mut self, ticket: Ticket, outcome: &EditOutcome) -> Option<Asked> {
        let asked = self.open.remove(&ticket)?;
        if outcome.is_ok() {
            self.note(&asked.at, &asked.changes);
        }
        Some(asked)
    }

    /// A control plane stopped: what was not answered may have been done or not. Later churn takes it as done.
    pub(super) fn give_up(&mut self, at: &NodeId) {
        let lost: Vec<Ticket> = self.open.iter().filter(|(_, asked)| asked.at == *at).map(|(ticket, _)| *ticket).collect();
        for ticket in lost {
            if let Some(asked) = self.open.remove(&ticket) {
                self.note(&asked.at, &asked.changes);
            }
        }
    }

    pub(super) fn unanswered(&self) -> Option<&Asked> {
        self.open.values().next()
    }

    fn note(&mut self, at: &NodeId, changes: &[Change]) {
        for change in changes {
            let key = change.key().clone();
            let written = self.written.entry(at.clone()).or_default();
            let (size, version) = match change {
                Change::Put(resource) => {
                    let json = to_json(resource).to_string();
                    let mut version = DefaultHasher::new();
                    json.hash(&mut version);
                    (json.len(), Some(version.finish()))
                }
                Change::Delete(key) => (key.to_string().len(), None),
            };
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            match change {
                Change::Put(_) => written.insert(key.clone(), size),
                Change::Delete(_) => written.remove(&key),
            };
            if let (Change::Delete(_), NodeId::Global, true) = (change, at, key.kind == Kind::mesh()) {
                self.deleted_meshes.insert(key.clone(), self.changes.len());
            }
            self.changes.push(Written { at: at.clone(), key, size, version });
        }
    }
}
