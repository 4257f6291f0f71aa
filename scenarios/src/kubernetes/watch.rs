//! Watches: cursors into the history of changes, asked for what is new.
use super::{
    Api,
    failure::Failure,
    form::Form,
    object,
    resource::Resource,
    selector::{Fields, Labels},
    store::{Change, Key},
};
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use strait_core::time::Wall;

/// How often a watch that wants them is told how far it is.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// Says that all that there was has been told.
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// A watch: who it is for, and how far it is.
#[derive(Debug)]
pub struct Watch {
    pub(super) resource: Arc<Resource>,
    pub(super) namespace: String,
    pub(super) labels: Labels,
    pub(super) fields: Fields,
    pub(super) form: Form,
    /// It has been told all changes up to this one.
    pub(super) after: u64,
    pub(super) bookmarks: bool,
    /// What there was when it began, still to be told.
    pub(super) initial: VecDeque<Arc<Value>>,
    /// The end of what there was is to be told.
    pub(super) initial_end: bool,
    pub(super) told_at: Wall,
    /// When it ends by itself.
    pub(super) until: Wall,
    /// A misbehaviour that ends all watches begun before it.
    pub(super) epoch: u64,
    /// Columns are told once.
    pub(super) columns_told: bool,
}

/// What is new for a watch.
#[derive(Debug, Default, PartialEq)]
pub struct Events {
    /// `{"type": "ADDED", "object": …}`.
    pub events: Vec<Value>,
    /// Nothing more will come.
    pub ended: bool,
}

impl Watch {
    fn selects(&self, object: &Value) -> bool {
        self.labels.select(object) && self.fields.select(object)
    }

    fn concerns(&self, key: &Key) -> bool {
        key.resource == self.resource.id() && (self.namespace.is_empty() || key.namespace == self.namespace)
    }

    fn event(&mut self, kind: &str, object: &Value, now: Wall) -> Value {
        let mut shown = self.form.one(&self.resource, object, now);
        if matches!(self.form, Form::Table { .. }) && std::mem::replace(&mut self.columns_told, true) {
            shown["columnDefinitions"] = Value::Null;
        }
        json!({"type": kind, "object": shown})
    }

    fn bookmark(&self, version: u64, initial_end: bool) -> Value {
        let mut object = json!({
            "kind": self.resource.kind, "apiVersion": self.resource.api_version(),
            "metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null},
        });
        if initial_end {
            object["metadata"]["annotations"] = json!({INITIAL_END: "true"});
        }
        if let Form::Table { .. } = self.form {
            object = json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
                "columnDefinitions": [], "rows": [{"cells": [], "object": super::form::partial(&object)}],
            });
        }
        json!({"type": "BOOKMARK", "object": object})
    }

    fn change(&mut self, change: &Change, now: Wall) -> Option<Value> {
        let was = change.before.as_ref().is_some_and(|before| self.selects(before));
        let is = !change.gone && self.selects(&change.object);
        match (was, is) {
            (false, false) => None,
            (false, true) => Some(self.event("ADDED", &change.object, now)),
            (true, true) => Some(self.event("MODIFIED", &change.object, now)),
            (true, false) if change.gone => Some(self.event("DELETED", &change.object, now)),
            (true, false) => {
                // It is told as it was when it was selected, with the version of the change.
                let mut last = change.before.as_deref().cloned().unwrap_or_default();
                object::metadata(&mut last).insert("resourceVersion".to_owned(), json!(change.version.to_string()));
                Some(self.event("DELETED", &last, now))
            }
        }
    }
}

impl Api {
    /// What is new for a watch. Its end is told too: because its time is over, its version has expired, or by misbehaviour.
    pub fn events_after(&self, now: Wall, watch: &mut Watch) -> Events {
        let mut told = Events::default();
        if self.faults.is_away || watch.epoch != self.faults.watch_epoch {
            return Events { ended: true, ..told };
        }
        if self.faults.silent_watches {
            return told;
        }
        while let Some(object) = watch.initial.pop_front() {
            told.events.push(watch.event("ADDED", &object, now));
        }
        if std::mem::take(&mut watch.initial_end) {
            told.events.push(watch.bookmark(watch.after, true));
        }
        let has_expired = watch.after < self.faults.expired_before;
        let Some(changes) = self.store.changes_after(watch.after).filter(|_| !has_expired) else {
            let failure = Failure::expired(format!("too old resource version: {} ({})", watch.after, self.store.compacted()));
            told.events.push(json!({"type": "ERROR", "object": failure.status()}));
            return Events { ended: true, ..told };
        };
        for change in changes {
            watch.after = change.version;
            if watch.concerns(&change.key) {
                told.events.extend(watch.change(change, now));
            }
        }
        if !told.events.is_empty() {
            watch.told_at = now;
        } else if watch.bookmarks && now.0.saturating_sub(watch.told_at.0) >= BOOKMARK_EVERY.as_millis() as u64 {
            watch.told_at = now;
            told.events.push(watch.bookmark(watch.after, false));
        }
        let defined = self.served.find(&watch.resource.group, &watch.resource.version, &watch.resource.plural).is_some();
        told.ended = now.0 >= watch.until.0 || !defined;
        told
    }
}
