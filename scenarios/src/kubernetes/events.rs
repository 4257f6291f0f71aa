//! Events are kept once, as `v1` has them, and served as `events.k8s.io/v1`, too, which newer clients write: the same under other names.
use serde_json::{Value, json};

/// A field in `events.k8s.io/v1`, and in `v1`.
const NAMES: [(&str, &str); 7] = [
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// As `events.k8s.io/v1` has it.
pub(super) fn as_new(event: &mut Value) {
    rename(event, |(new, old)| (old, new));
    event["apiVersion"] = json!("events.k8s.io/v1");
}

/// As `v1` has it.
pub(super) fn as_kept(event: &mut Value) {
    rename(event, |(new, old)| (new, old));
    event["apiVersion"] = json!("v1");
}

fn rename(event: &mut Value, direction: impl Fn((&'static str, &'static str)) -> (&'static str, &'static str)) {
    let Value::Object(map) = event else { return };
    for (from, to) in NAMES.into_iter().map(direction) {
        if let Some(value) = map.remove(from) {
            map.insert(to.to_owned(), value);
        }
    }
}
