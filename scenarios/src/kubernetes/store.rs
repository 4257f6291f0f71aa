//! What is kept: objects, one counter of versions for all of them, and the history of changes since the last compaction.
use super::object;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// So many changes are remembered; a watch that lies further back has expired.
const REMEMBERED: usize = 20_000;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// `deployments.apps`.
    pub(super) resource: String,
    /// Empty: of the cluster.
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(resource: &str, namespace: &str, name: &str) -> Self {
        Self { resource: resource.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// One change.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The version that it made.
    pub(super) version: u64,
    pub(super) key: Key,
    /// As it was; `None`: it is new.
    pub(super) before: Option<Arc<Value>>,
    /// As it is now, and for one that is gone as it was at last, with the version of its end.
    pub(super) object: Arc<Value>,
    pub(super) gone: bool,
}

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Store {
    version: u64,
    /// Changes up to this one are forgotten.
    compacted: u64,
    objects: BTreeMap<Key, Arc<Value>>,
    /// Who names whom as its owner, by the owner's uid.
    owned: BTreeMap<String, BTreeSet<Key>>,
    /// Where the object of a uid is.
    by_uid: BTreeMap<String, Key>,
    history: VecDeque<Change>,
}

impl Store {
    /// The version of the last change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn compacted(&self) -> u64 {
        self.compacted
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    pub(super) fn by_uid(&self, uid: &str) -> Option<(&Key, &Arc<Value>)> {
        let key = self.by_uid.get(uid)?;
        Some((key, self.objects.get(key)?))
    }

    /// Who names the object of this uid as an owner.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<Key> {
        self.owned.get(uid).map(|keys| keys.iter().cloned().collect()).unwrap_or_default()
    }

    /// All of a kind, in one namespace or (empty) in all.
    pub(super) fn all<'a>(&'a self, resource: &'a str, namespace: &'a str) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> + use<'a> {
        self.objects
            .range(Key::new(resource, namespace, "")..)
            .take_while(move |(key, _)| key.resource == resource && (namespace.is_empty() || key.namespace == namespace))
    }

    /// All of a kind as they were at a version that is remembered.
    pub(super) fn all_at(&self, resource: &str, namespace: &str, version: u64) -> BTreeMap<Key, Arc<Value>> {
        let mut found: BTreeMap<Key, Arc<Value>> =
            self.all(resource, namespace).map(|(key, value)| (key.clone(), Arc::clone(value))).collect();
        let later = self.history.iter().rev().take_while(|change| change.version > version);
        for change in later.filter(|change| change.key.resource == resource && (namespace.is_empty() || change.key.namespace == namespace))
        {
            match &change.before {
                Some(before) => found.insert(change.key.clone(), Arc::clone(before)),
                None => found.remove(&change.key),
            };
        }
        found
    }

    /// Writes an object, which gets the next version.
    pub(super) fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object::metadata(&mut object).insert("resourceVersion".to_owned(), json!(self.version.to_string()));
        let object = Arc::new(object);
        let before = self.objects.insert(key.clone(), Arc::clone(&object));
        if let Some(before) = &before {
            self.forget_owners(&key, before);
        }
        for uid in owners(&object) {
            self.owned.entry(uid.to_owned()).or_default().insert(key.clone());
        }
        self.by_uid.insert(object::uid(&object).to_owned(), key.clone());
        self.remember(Change { version: self.version, key, before, object: Arc::clone(&object), gone: false });
        object
    }

    /// Takes an object away.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
        self.version += 1;
        self.forget_owners(key, &before);
        self.by_uid.remove(object::uid(&before));
        let mut last = (*before).clone();
        object::metadata(&mut last).insert("resourceVersion".to_owned(), json!(self.version.to_string()));
        let last = Arc::new(last);
        let change = Change { version: self.version, key: key.clone(), before: Some(before), object: Arc::clone(&last), gone: true };
        self.remember(change);
        Some(last)
    }

    fn forget_owners(&mut self, key: &Key, object: &Value) {
        for uid in owners(object) {
            if let Some(keys) = self.owned.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
    }

    fn remember(&mut self, change: Change) {
        self.history.push_back(change);
        while self.history.len() > REMEMBERED {
            self.compacted = self.history.pop_front().map_or(self.compacted, |change| change.version);
        }
    }

    /// What changed after a version; `None`: that is forgotten.
    pub(super) fn changes_after(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        if version < self.compacted {
            return None;
        }
        let from = self.history.partition_point(|change| change.version <= version);
        Some(self.history.range(from..))
    }

    /// Forgets all changes so far.
    pub(super) fn compact(&mut self) {
        self.compacted = self.version;
        self.history.clear();
    }
}

fn owners(object: &Value) -> impl Iterator<Item = &str> {
    object::list(object, &["metadata", "ownerReferences"]).iter().map(|owner| object::text(owner, &["uid"]))
}
