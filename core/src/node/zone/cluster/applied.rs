//! What users apply in the cluster: resources of the zone, as if they had been written there.
use crate::{
    kubernetes::{CustomObject, ObjectId, Place, Problem, Reason, Unreadable, resource_of},
    resource::{Key, Resource},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The objects of users.
#[derive(Debug, Default)]
pub(super) struct Applied {
    objects: BTreeMap<ObjectId, One>,
    of: BTreeMap<Key, ObjectId>,
}

#[derive(Debug, Default)]
struct One {
    version: u64,
    resource: Option<Arc<Resource>>,
    problems: Vec<Problem>,
}

impl Applied {
    /// An object is there. Gives back which resources may be different.
    pub(super) fn put(&mut self, place: &Place, id: &ObjectId, object: &CustomObject) -> BTreeSet<Key> {
        let mut keys = self.gone(id);
        let (resource, problems) = resource_of(place, object);
        let resource = resource.map(Arc::new);
        if let Some(resource) = &resource {
            keys.insert(resource.key.clone());
            self.of.insert(resource.key.clone(), id.clone());
        }
        self.objects.insert(id.clone(), One { version: object.meta.version, resource, problems });
        keys
    }

    /// It is there and cannot be read: it counts as it was.
    pub(super) fn unreadable(&mut self, unreadable: &Unreadable) {
        let one = self.objects.entry(unreadable.id.clone()).or_default();
        one.version = unreadable.version;
        one.problems = vec![Problem { reason: Reason::Unreadable, message: format!("{}: {}", unreadable.field, unreadable.why) }];
    }

    /// It is gone. Gives back which resources may be different.
    pub(super) fn gone(&mut self, id: &ObjectId) -> BTreeSet<Key> {
        let key = self.objects.remove(id).and_then(|one| one.resource).map(|resource| resource.key.clone());
        key.into_iter().inspect(|key| _ = self.of.remove(key)).collect()
    }

    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.objects.contains_key(id)
    }

    pub(super) fn version(&self, id: &ObjectId) -> Option<u64> {
        self.objects.get(id).map(|one| one.version)
    }

    /// Whatever comes of a kind from now on is newer than what is known of it.
    pub(super) fn forget_versions(&mut self, is_it: impl Fn(&ObjectId) -> bool) {
        self.objects.iter_mut().filter(|(id, _)| is_it(id)).for_each(|(_, one)| one.version = 0);
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &ObjectId> {
        self.objects.keys()
    }

    /// What a user wants it to be.
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.objects.get(self.of.get(key)?)?.resource.as_ref()
    }

    /// The object that says what it is.
    pub(super) fn object_of(&self, key: &Key) -> Option<&ObjectId> {
        self.of.get(key)
    }

    /// What an object is.
    pub(super) fn key_of(&self, id: &ObjectId) -> Option<&Key> {
        self.objects.get(id)?.resource.as_ref().map(|resource| &resource.key)
    }

    pub(super) fn problems(&self, id: &ObjectId) -> impl Iterator<Item = &Problem> {
        self.objects.get(id).into_iter().flat_map(|one| &one.problems)
    }
}
