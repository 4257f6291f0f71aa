//! How far a deployment has come, and which step is next.
use super::{deployment::replicas, set_condition};
use crate::kubernetes::object::{self, number, text};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::time::Wall;

/// The numbers of a deployment that rolls on.
pub(super) struct Rollout {
    /// How many pods are wished.
    pub(super) replicas: i64,
    /// How many more there may be.
    surge: i64,
    /// How many fewer may be available.
    unavailable: i64,
    /// Of the newest ReplicaSet: wished and available.
    newest: (i64, i64),
    /// Of all older ones.
    old: i64,
    old_available: i64,
}

impl Rollout {
    pub(super) fn of(deployment: &Value, newest: Option<&Value>, old: &[Arc<Value>]) -> Self {
        let wished = number(deployment, &["spec", "replicas"]).unwrap_or(1);
        let (surge, unavailable) = bounds(deployment);
        Self {
            replicas: wished,
            surge,
            unavailable,
            newest: (newest.map_or(0, replicas), newest.map_or(0, available)),
            old: old.iter().map(|set| replicas(set)).sum(),
            old_available: old.iter().map(|set| available(set)).sum(),
        }
    }

    /// How many pods the newest ReplicaSet is to have.
    pub(super) fn newest(&self) -> i64 {
        let room = (self.replicas + self.surge - self.newest.0 - self.old).max(0);
        self.replicas.min(self.newest.0 + room)
    }

    /// How many pods older ReplicaSets are to have still: first those go that are not available.
    pub(super) fn old<'a>(&self, old: &'a [Arc<Value>]) -> Vec<(&'a Value, i64)> {
        let least = self.replicas - self.unavailable;
        let waiting = (self.newest.0 - self.newest.1).max(0);
        let mut may_go = (self.newest.0 + self.old - least - waiting).max(0);
        let mut available_may_go = (self.newest.1 + self.old_available - least).max(0);
        let mut scaled = Vec::new();
        for set in old {
            let (wished, available) = (replicas(set), available(set));
            let idle = (wished - available).max(0).min(may_go);
            may_go -= idle;
            let serving = available.min(wished).min(available_may_go).min(may_go);
            may_go -= serving;
            available_may_go -= serving;
            if idle + serving > 0 {
                scaled.push((set.as_ref(), wished - idle - serving));
            }
        }
        scaled
    }
}

fn available(set: &Value) -> i64 {
    number(set, &["status", "availableReplicas"]).unwrap_or(0)
}

/// How many pods more there may be, and how many fewer available.
fn bounds(deployment: &Value) -> (i64, i64) {
    let wished = number(deployment, &["spec", "replicas"]).unwrap_or(1);
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    let share = |value: &Value, rounded_up: bool| match value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok()) {
        Some(percent) if rounded_up => (wished * percent + 99) / 100,
        Some(percent) => wished * percent / 100,
        None => value.as_i64().unwrap_or(0),
    };
    match (share(&rolling["maxSurge"], true), share(&rolling["maxUnavailable"], false)) {
        // Otherwise it would never move.
        (0, 0) => (0, 1),
        bounds => bounds,
    }
}

/// What a deployment reports, and when it is to be looked at again.
pub(super) fn status(deployment: &Value, newest: Option<&Value>, sets: &[Arc<Value>], now: Wall) -> (Value, Option<u64>) {
    let old = &deployment["status"];
    let wished = number(deployment, &["spec", "replicas"]).unwrap_or(1);
    let sum = |field: &str| -> i64 { sets.iter().filter_map(|set| number(set, &["status", field])).sum() };
    let of_newest = |field: &str| newest.and_then(|set| number(set, &["status", field])).unwrap_or(0);
    let (all, ready, available, updated) = (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"), of_newest("replicas"));
    let mut status = json!({"observedGeneration": deployment["metadata"]["generation"]});
    let asked = sets.iter().map(|set| replicas(set)).sum::<i64>();
    let counts = [
        ("replicas", all),
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        ("unavailableReplicas", (asked - available).max(0)),
    ];
    for (field, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        status[field] = json!(count);
    }
    if old["conditions"].is_array() {
        status["conditions"] = old["conditions"].clone();
    }
    let (_, unavailable) = bounds(deployment);
    if available >= wished - unavailable {
        set_condition(&mut status, "Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.", now);
    } else {
        set_condition(&mut status, "Available", false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);
    }
    let name = newest.map_or("", object::name);
    let complete = updated == wished && all == wished && available == wished;
    let before = object::list(old, &["conditions"]).iter().find(|one| one["type"] == "Progressing");
    let progressed = before.is_none()
        || ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"].iter().any(|field| old[field] != status[field]);
    let deadline = number(deployment, &["spec", "progressDeadlineSeconds"]).unwrap_or(600);
    let since = before.and_then(|one| object::moment(text(one, &["lastUpdateTime"]))).unwrap_or(now);
    let due = since.0 + u64::try_from(deadline).unwrap_or(0) * 1000;
    let mut again = None;
    if complete {
        let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
        set_condition(&mut status, "Progressing", true, "NewReplicaSetAvailable", &message, now);
    } else if deployment["spec"]["paused"] == true {
        // A rest is no delay.
    } else if progressed || now.0 < due {
        again = Some(if progressed { now.0 + u64::try_from(deadline).unwrap_or(0) * 1000 } else { due });
        if progressed {
            let reason = if before.is_none() { "NewReplicaSetCreated" } else { "ReplicaSetUpdated" };
            let message = if before.is_none() {
                format!("Created new replica set \"{name}\"")
            } else {
                format!("ReplicaSet \"{name}\" is progressing.")
            };
            set_condition(&mut status, "Progressing", true, reason, &message, now);
        }
    } else {
        let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
        set_condition(&mut status, "Progressing", false, "ProgressDeadlineExceeded", &message, now);
    }
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        let same = object::list(old, &["conditions"]).iter().find(|one| {
            ["type", "status", "reason", "message"].iter().all(|field| one[field] == condition[field])
                && !(progressed && condition["type"] == "Progressing")
        });
        condition["lastUpdateTime"] = same.map_or(json!(object::time(now)), |one| one["lastUpdateTime"].clone());
    }
    (status, again)
}
