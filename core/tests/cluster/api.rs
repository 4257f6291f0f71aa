//! A small API that takes what a zone writes: objects by name, with uids and versions, and what happened since. Nothing is shared with the zone's code.
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strait_core::kubernetes::{Ask, Change, News, NotDone, ObjectId, ObjectKind, ObjectName, Seen, Wish, read};

/// What a zone writes is taken here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Api {
    pub(crate) version: u64,
    made: u64,
    pub(crate) objects: BTreeMap<ObjectId, Value>,
    /// All that happened: at which version, and to what.
    happened: Vec<(u64, ObjectId, Option<Value>)>,
    /// How many writes were done.
    pub(crate) writes: u64,
    /// It adds something to all that is written.
    pub(crate) adds: bool,
}

pub(crate) fn id(kind: ObjectKind, namespace: &str, name: &str) -> ObjectId {
    ObjectId { kind, name: ObjectName::new(namespace, name) }
}

fn seen(id: &ObjectId, value: &Value) -> Seen {
    read(value, Some(id.kind)).unwrap()
}

impl Api {
    /// An API whose versions begin there.
    pub(crate) fn new() -> Self {
        Self { version: 1000, ..Self::default() }
    }

    fn put(&mut self, id: &ObjectId, mut value: Value) {
        self.version += 1;
        if self.adds {
            value["metadata"]["labels"]["added"] = json!("yes");
        }
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        if value["metadata"]["uid"].is_null() {
            self.made += 1;
            value["metadata"]["uid"] = json!(format!("uid-{}", self.made));
        }
        self.objects.insert(id.clone(), value.clone());
        self.happened.push((self.version, id.clone(), Some(value)));
    }

    fn remove(&mut self, id: &ObjectId) -> bool {
        let was_there = self.objects.remove(id).is_some();
        if was_there {
            self.version += 1;
            self.happened.push((self.version, id.clone(), None));
        }
        was_there
    }

    /// Does what the zone asks.
    pub(crate) fn take(&mut self, ask: &Ask) -> Result<Option<Seen>, NotDone> {
        let held = self.objects.get(&ask.id).cloned();
        let said = |value: &Value, field: &str| value["metadata"][field].as_str().unwrap_or_default().to_owned();
        match (&ask.wish, held) {
            (Wish::Create(_), Some(_)) => return Err(NotDone::AlreadyThere),
            (Wish::Create(value), None) => {
                assert_eq!(said(value, "name"), *ask.id.name.name);
                assert_eq!(said(value, "namespace"), *ask.id.name.namespace);
                self.put(&ask.id, value.clone());
            }
            (Wish::Replace(value), Some(held)) => {
                if said(value, "uid") != said(&held, "uid") || said(value, "resourceVersion") != said(&held, "resourceVersion") {
                    return Err(NotDone::Conflict);
                }
                self.put(&ask.id, value.clone());
            }
            (Wish::Delete { uid, version }, Some(held)) => {
                if *uid != said(&held, "uid") || version.to_string() != said(&held, "resourceVersion") {
                    return Err(NotDone::Conflict);
                }
                self.remove(&ask.id);
                self.writes += 1;
                return Ok(None);
            }
            (Wish::Replace(_), None) => return Err(NotDone::Conflict),
            (Wish::Delete { .. }, None) => return Ok(None),
        }
        self.writes += 1;
        Ok(Some(seen(&ask.id, &self.objects[&ask.id])))
    }

    /// Somebody else applies an object.
    pub(crate) fn apply(&mut self, id: &ObjectId, mut value: Value) {
        value["metadata"]["name"] = json!(&*id.name.name);
        value["metadata"]["namespace"] = json!(&*id.name.namespace);
        value["metadata"]["uid"] = self.objects.get(id).map_or(Value::Null, |held| held["metadata"]["uid"].clone());
        self.put(id, value);
    }

    /// Somebody else edits an object, if there is one.
    pub(crate) fn edit(&mut self, id: &ObjectId, edit: impl FnOnce(&mut Value)) {
        if let Some(mut value) = self.objects.get(id).cloned() {
            edit(&mut value);
            self.put(id, value);
        }
    }

    /// Somebody else deletes it.
    pub(crate) fn delete(&mut self, id: &ObjectId) {
        self.remove(id);
    }

    /// All of a kind; of what is kept, that with the label by which it is asked for.
    pub(crate) fn list(&self, kind: ObjectKind) -> News {
        let of_kind = self.objects.iter().filter(|(id, value)| id.kind == kind && is_selected(kind, value));
        let objects = of_kind.map(|(id, value)| seen(id, value)).collect();
        News::Listed { kind, version: self.version, objects }
    }

    /// What happened to a kind after a version, at most so much; and up to where that is.
    pub(crate) fn since(&self, kind: ObjectKind, version: u64, most: usize) -> (Vec<Change>, u64) {
        let of_kind = self.happened.iter().filter(|(at, id, _)| *at > version && id.kind == kind).take(most);
        let mut upto = version;
        let change = |(at, id, value): &(u64, ObjectId, Option<Value>)| {
            upto = *at;
            match value {
                Some(value) if is_selected(kind, value) => Change::Put(seen(id, value)),
                _ => Change::Gone { id: id.clone(), version: *at },
            }
        };
        let changes = of_kind.map(change).collect();
        (changes, upto)
    }

    /// The objects of a kind that the zone says are its own.
    pub(crate) fn copies(&self, kind: ObjectKind) -> Vec<(&ObjectId, &Value)> {
        self.objects.iter().filter(|(id, value)| id.kind == kind && is_copy(value)).collect()
    }
}

fn is_copy(value: &Value) -> bool {
    value["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "strait-zone"
}

fn is_selected(kind: ObjectKind, value: &Value) -> bool {
    kind != ObjectKind::ConfigMap || is_copy(value)
}
