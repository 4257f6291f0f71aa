//! ReplicaSets: so many pods as are wished.
use super::{Part, is_ready, owner, ready_since};
use crate::kubernetes::{
    Api,
    object::{self, at, number, text},
    selector::Labels,
    store::Key,
    write::Deletion,
};
use serde_json::{Value, json};
use std::{cmp::Reverse, sync::Arc};
use strait_core::time::Wall;

/// So many pods at most are made or deleted in one step.
const BURST: usize = 500;
const CONTROLLER: &str = "replicaset-controller";

impl Api {
    pub(super) fn look_after_replica_set(&mut self, now: Wall, key: &Key) {
        let Some(set) = self.store.get(key).cloned() else { return };
        if !object::is_being_deleted(&set) {
            self.adopt_pods(now, &set);
            let mut active = self.active_pods(&set);
            let wished = usize::try_from(number(&set, &["spec", "replicas"]).unwrap_or(1)).unwrap_or(0);
            for _ in active.len()..wished.min(active.len() + BURST) {
                self.make_pod(now, &set);
            }
            let surplus = active.len().saturating_sub(wished).min(BURST);
            active.sort_by_key(|pod| {
                let bound = !text(pod, &["spec", "nodeName"]).is_empty();
                let since = ready_since(pod).map(|since| Reverse(since.0));
                (bound, text(pod, &["status", "phase"]) == "Running", is_ready(pod), since, Reverse(object::version(pod)))
            });
            for pod in active.iter().take(surplus) {
                let how = Deletion { uid: Some(object::uid(pod).to_owned()), ..Deletion::default() };
                self.let_go(now, &Key::new("pods", &key.namespace, object::name(pod)), &how);
                self.tell(now, CONTROLLER, &set, "SuccessfulDelete", &format!("Deleted pod: {}", object::name(pod)));
            }
        }
        self.count_pods(now, key);
    }

    /// Pods that are there for it: not ended, and not being deleted.
    fn active_pods(&self, set: &Value) -> Vec<Arc<Value>> {
        let owned = self.store.owned_by(object::uid(set)).into_iter().filter(|key| key.resource == "pods");
        owned
            .filter_map(|key| self.store.get(&key).cloned())
            .filter(|pod| !object::is_being_deleted(pod) && !matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed"))
            .filter(|pod| object::controller(pod).is_some_and(|owner| text(owner, &["uid"]) == object::uid(set)))
            .collect()
    }

    /// Pods that it selects, and that nobody looks after, become its own; its own that it selects no longer are set free.
    fn adopt_pods(&mut self, now: Wall, set: &Value) {
        let selected = Labels::of(at(set, &["spec", "selector"]));
        let uid = object::uid(set);
        let pods = self.store.all("pods", object::namespace(set));
        let concerned: Vec<(Key, bool)> = pods
            .filter(|(_, pod)| !object::is_being_deleted(pod))
            .filter_map(|(key, pod)| match object::controller(pod) {
                None => selected.select(pod).then(|| (key.clone(), true)),
                Some(owner) => (text(owner, &["uid"]) == uid && !selected.select(pod)).then(|| (key.clone(), false)),
            })
            .collect();
        for (key, adopted) in concerned {
            self.change(now, &key, Part::Whole, |pod| {
                let owners = object::metadata(pod).entry("ownerReferences").or_insert(json!([]));
                if let Value::Array(owners) = owners {
                    if adopted {
                        owners.push(owner("ReplicaSet", "apps/v1", set));
                    } else {
                        owners.retain(|owner| text(owner, &["uid"]) != uid);
                    }
                }
            });
        }
    }

    fn make_pod(&mut self, now: Wall, set: &Value) {
        let mut pod = at(set, &["spec", "template"]).clone();
        let metadata = object::metadata(&mut pod);
        metadata.insert("generateName".to_owned(), json!(format!("{}-", object::name(set))));
        metadata.insert("ownerReferences".to_owned(), json!([owner("ReplicaSet", "apps/v1", set)]));
        if let Some(pod) = self.make(now, "pods", object::namespace(set), pod) {
            self.tell(now, CONTROLLER, set, "SuccessfulCreate", &format!("Created pod: {}", object::name(&pod)));
        }
    }

    fn count_pods(&mut self, now: Wall, key: &Key) {
        let Some(set) = self.store.get(key).cloned() else { return };
        let active = self.active_pods(&set);
        let ready: Vec<_> = active.iter().filter(|pod| is_ready(pod)).collect();
        let patience = u64::try_from(number(&set, &["spec", "minReadySeconds"]).unwrap_or(0)).unwrap_or(0) * 1000;
        let due = |pod: &Value| ready_since(pod).map_or(0, |since| since.0) + patience;
        let available = ready.iter().filter(|pod| patience == 0 || due(pod) <= now.0).count();
        if let Some(next) = ready.iter().map(|pod| due(pod)).filter(|due| patience > 0 && *due > now.0).min() {
            self.later(next, super::Work::ReplicaSet(key.clone()));
        }
        let labels = at(&set, &["spec", "template", "metadata", "labels"]);
        let labelled = Labels::equal_to(labels);
        let labelled = active.iter().filter(|pod| labelled.select(pod)).count();
        let (all, ready) = (active.len(), ready.len());
        let generation = set["metadata"]["generation"].clone();
        self.change(now, key, Part::Status, |new| {
            let status = object::map_at(new, &["status"]);
            status.insert("replicas".to_owned(), json!(all));
            for (field, count) in [("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available)] {
                if count == 0 {
                    status.remove(field);
                } else {
                    status.insert(field.to_owned(), json!(count));
                }
            }
            status.insert("observedGeneration".to_owned(), generation);
        });
    }
}
