//! The garbage collector: what has lost its owners goes; who is deleted in the foreground waits for those that it owns; orphans are set free.
use super::Part;
use crate::kubernetes::{
    Api,
    object::{self, list, text},
    store::Key,
    write::{Deletion, FOREGROUND, ORPHAN, Propagation},
};
use serde_json::Value;
use strait_core::time::Wall;

/// What an owner is to those that name it.
#[derive(PartialEq, Eq)]
enum Owner {
    /// It is there.
    Solid,
    /// It is not.
    Gone,
    /// It waits for those that it owns.
    Waits,
}

impl Api {
    pub(super) fn collect_garbage(&mut self, now: Wall, key: &Key) {
        let Some(object) = self.store.get(key).cloned() else { return };
        if object::is_being_deleted(&object) {
            if object::has_finalizer(&object, ORPHAN) {
                self.set_free(now, object::uid(&object));
                self.release(now, key, ORPHAN);
            } else if object::has_finalizer(&object, FOREGROUND) {
                self.wait_for_owned(now, key, object::uid(&object));
            }
            return;
        }
        let owners = list(&object, &["metadata", "ownerReferences"]);
        let states: Vec<Owner> = owners.iter().map(|owner| self.owner(&key.namespace, owner)).collect();
        if states.is_empty() {
            return;
        }
        if states.contains(&Owner::Solid) {
            if states.contains(&Owner::Gone) {
                let solid: Vec<Value> =
                    owners.iter().zip(&states).filter(|(_, state)| **state != Owner::Gone).map(|(owner, _)| owner.clone()).collect();
                self.change(now, key, Part::Whole, |new| {
                    object::metadata(new).insert("ownerReferences".to_owned(), Value::Array(solid));
                });
            }
            return;
        }
        let owns = !self.store.owned_by(object::uid(&object)).is_empty();
        let propagation = if states.contains(&Owner::Waits) && owns { Propagation::Foreground } else { Propagation::Background };
        let how = Deletion { propagation: Some(propagation), uid: Some(object::uid(&object).to_owned()), ..Deletion::default() };
        self.let_go(now, key, &how);
    }

    pub(super) fn collect_orphans(&mut self, now: Wall, uid: &str) {
        for key in self.store.owned_by(uid) {
            self.collect_garbage(now, &key);
        }
    }

    fn owner(&self, namespace: &str, owner: &Value) -> Owner {
        match self.store.by_uid(text(owner, &["uid"])) {
            Some((key, found))
                if found["kind"] == owner["kind"]
                    && key.name == text(owner, &["name"])
                    && (key.namespace.is_empty() || key.namespace == namespace) =>
            {
                let waits = object::is_being_deleted(found) && object::has_finalizer(found, FOREGROUND);
                if waits { Owner::Waits } else { Owner::Solid }
            }
            _ => Owner::Gone,
        }
    }

    fn set_free(&mut self, now: Wall, uid: &str) {
        for owned in self.store.owned_by(uid) {
            self.change(now, &owned, Part::Whole, |new| {
                if let Some(owners) = object::metadata(new).get_mut("ownerReferences").and_then(Value::as_array_mut) {
                    owners.retain(|owner| text(owner, &["uid"]) != uid);
                }
            });
        }
    }

    fn wait_for_owned(&mut self, now: Wall, key: &Key, uid: &str) {
        let blocks = |object: &Value| {
            list(object, &["metadata", "ownerReferences"])
                .iter()
                .any(|owner| text(owner, &["uid"]) == uid && owner["blockOwnerDeletion"] == true)
        };
        let owned = self.store.owned_by(uid);
        let blocking = owned.iter().filter(|owned| self.store.get(owned).is_some_and(|object| blocks(object))).count();
        if blocking == 0 {
            self.release(now, key, FOREGROUND);
            return;
        }
        for one in owned {
            if self.store.get(&one).is_some_and(|object| !object::is_being_deleted(object)) {
                self.collect_garbage(now, &one);
            }
        }
    }

    fn release(&mut self, now: Wall, key: &Key, finalizer: &str) {
        self.change(now, key, Part::Whole, |new| {
            if let Some(finalizers) = object::metadata(new).get_mut("finalizers").and_then(Value::as_array_mut) {
                finalizers.retain(|one| one != finalizer);
            }
        });
    }
}
