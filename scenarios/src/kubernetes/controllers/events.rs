//! Events: controllers say what they did, and what was said goes after an hour, whoever said it.
use super::{Part, Work};
use crate::kubernetes::{
    Api,
    object::{self, text},
    store::Key,
    write::Deletion,
};
use serde_json::{Value, json};
use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;
use strait_core::time::Wall;

/// How long an event is kept, in milliseconds.
const KEPT: u64 = 3_600_000;

impl Api {
    /// Says what a controller did to an object. The same said again is counted.
    pub(super) fn tell(&mut self, now: Wall, component: &str, about: &Value, reason: &str, message: &str) {
        let mut hasher = SipHasher13::new();
        [object::uid(about), component, reason, message].iter().for_each(|text| hasher.write(text.as_bytes()));
        let (namespace, at) = (object::namespace(about), object::time(now));
        let key = Key::new("events", namespace, &format!("{}.{:016x}", object::name(about), hasher.finish()));
        if self.store.get(&key).is_some() {
            self.change(now, &key, Part::Whole, |event| {
                let count = object::number(event, &["count"]).unwrap_or(1);
                event["count"] = json!(count + 1);
                event["lastTimestamp"] = json!(at);
            });
            return;
        }
        let event = json!({
            "metadata": {"name": key.name},
            "involvedObject": {
                "kind": about["kind"], "apiVersion": about["apiVersion"], "namespace": namespace, "name": object::name(about),
                "uid": object::uid(about), "resourceVersion": text(about, &["metadata", "resourceVersion"]),
            },
            "type": "Normal", "reason": reason, "message": message, "count": 1, "firstTimestamp": at, "lastTimestamp": at,
            "source": {"component": component}, "reportingComponent": component,
        });
        self.make(now, "events", namespace, event);
    }

    pub(super) fn look_after_event(&mut self, now: Wall, key: &Key) {
        let Some(event) = self.store.get(key) else { return };
        let moments = [text(event, &["lastTimestamp"]), text(event, &["eventTime"]), text(event, &["metadata", "creationTimestamp"])];
        // Who says nonsense of its time has said it now.
        let last = moments.into_iter().filter_map(object::moment).map(|at| at.0.min(now.0)).max().unwrap_or(now.0);
        if last + KEPT <= now.0 {
            self.let_go(now, key, &Deletion::default());
        } else {
            self.later(last + KEPT, Work::Event(key.clone()));
        }
    }
}
