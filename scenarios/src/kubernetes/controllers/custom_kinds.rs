//! Definitions of custom kinds: they are established, and go when their objects have gone.
use super::{Part, set_condition};
use crate::kubernetes::{
    Api,
    object::{self, list, text},
    store::Key,
    write::{CLEANUP, Deletion},
};
use serde_json::{Value, json};
use strait_core::time::Wall;

impl Api {
    pub(super) fn look_after_kind(&mut self, now: Wall, key: &Key) {
        let Some(definition) = self.store.get(key).cloned() else { return };
        if !object::is_being_deleted(&definition) {
            self.change(now, key, Part::Status, |new| establish(new, now));
            return;
        }
        let objects: Vec<Key> = self.store.all(&key.name, "").map(|(key, _)| key.clone()).collect();
        for object in &objects {
            self.let_go(now, object, &Deletion::default());
        }
        if self.store.all(&key.name, "").next().is_none() && object::has_finalizer(&definition, CLEANUP) {
            self.change(now, key, Part::Whole, |new| {
                if let Some(finalizers) = object::metadata(new).get_mut("finalizers").and_then(Value::as_array_mut) {
                    finalizers.retain(|one| one != CLEANUP);
                }
            });
        }
    }
}

fn establish(new: &mut Value, now: Wall) {
    let names = new["spec"]["names"].clone();
    let stored: Vec<Value> = list(new, &["spec", "versions"])
        .iter()
        .filter(|version| version["storage"] == true)
        .map(|version| json!(text(version, &["name"])))
        .collect();
    let mut status = new["status"].take();
    object::map_at(&mut status, &[]).insert("acceptedNames".to_owned(), names);
    let all = object::map_at(&mut status, &[]).entry("storedVersions").or_insert(json!([]));
    if let Value::Array(all) = all {
        for version in stored {
            if !all.contains(&version) {
                all.push(version);
            }
        }
    }
    set_condition(&mut status, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
    set_condition(&mut status, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
    new["status"] = status;
}
