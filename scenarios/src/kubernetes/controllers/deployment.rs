//! Deployments: a ReplicaSet for each state of the template, of which the newest takes over step by step.
use super::{Part, owner, rollout::Rollout};
use crate::kubernetes::{
    Api,
    object::{self, at, number, text},
    selector::Labels,
    store::Key,
    write::{Deletion, Propagation},
};
use serde_json::{Value, json};
use siphasher::sip::SipHasher13;
use std::{hash::Hasher as _, sync::Arc};
use strait_core::time::Wall;

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";
const SETS: &str = "replicasets.apps";

impl Api {
    pub(super) fn look_after_deployment(&mut self, now: Wall, key: &Key) {
        let Some(deployment) = self.store.get(key).cloned() else { return };
        if !object::is_being_deleted(&deployment) {
            self.adopt_sets(now, &deployment);
            let sets = self.sets(&deployment);
            let newest = sets.iter().find(|set| is_of(set, &deployment)).cloned();
            if deployment["spec"]["paused"] != true {
                self.roll(now, &deployment, &sets, newest.as_deref());
                self.forget_old(now, &deployment);
            } else if let [only] = sets.iter().filter(|set| replicas(set) > 0).collect::<Vec<_>>().as_slice() {
                self.scale_set(now, &deployment, only, number(&deployment, &["spec", "replicas"]).unwrap_or(1));
            }
        }
        self.report(now, key);
    }

    /// Its ReplicaSets, the oldest first.
    fn sets(&self, deployment: &Value) -> Vec<Arc<Value>> {
        let owned = self.store.owned_by(object::uid(deployment)).into_iter().filter(|key| key.resource == SETS);
        let mut sets: Vec<Arc<Value>> = owned
            .filter_map(|key| self.store.get(&key).cloned())
            .filter(|set| object::controller(set).is_some_and(|owner| text(owner, &["uid"]) == object::uid(deployment)))
            .collect();
        sets.sort_by_key(|set| (revision(set), object::name(set).to_owned()));
        sets
    }

    fn adopt_sets(&mut self, now: Wall, deployment: &Value) {
        let selected = Labels::of(at(deployment, &["spec", "selector"]));
        let all = self.store.all(SETS, object::namespace(deployment));
        let free: Vec<Key> = all
            .filter(|(_, set)| object::controller(set).is_none() && !object::is_being_deleted(set) && selected.select(set))
            .map(|(key, _)| key.clone())
            .collect();
        for key in free {
            self.change(now, &key, Part::Whole, |set| {
                let owners = object::metadata(set).entry("ownerReferences").or_insert(json!([]));
                if let Value::Array(owners) = owners {
                    owners.push(owner("Deployment", "apps/v1", deployment));
                }
            });
        }
    }

    fn roll(&mut self, now: Wall, deployment: &Value, sets: &[Arc<Value>], newest: Option<&Value>) {
        let old: Vec<Arc<Value>> =
            sets.iter().filter(|set| newest.is_none_or(|newest| object::uid(set) != object::uid(newest))).cloned().collect();
        let recreates = deployment["spec"]["strategy"]["type"] == "Recreate";
        let revision = old.iter().map(|set| revision(set)).max().unwrap_or(0) + 1;
        if recreates {
            for set in old.iter().filter(|set| replicas(set) > 0) {
                self.scale_set(now, deployment, set, 0);
            }
            let pods_left = old.iter().flat_map(|set| self.store.owned_by(object::uid(set))).any(|key| key.resource == "pods");
            if pods_left {
                return;
            }
        }
        let rollout = Rollout::of(deployment, newest, &old);
        let wished = if recreates { rollout.replicas } else { rollout.newest() };
        match newest {
            None => self.make_set(now, deployment, revision, wished),
            Some(newest) => {
                self.scale_set(now, deployment, newest, wished);
                self.number_set(now, deployment, newest, revision);
                if !recreates {
                    for (set, replicas) in rollout.old(&old) {
                        self.scale_set(now, deployment, set, replicas);
                    }
                }
            }
        }
    }

    fn make_set(&mut self, now: Wall, deployment: &Value, revision: i64, replicas: i64) {
        let template = at(deployment, &["spec", "template"]);
        let hash = hash(template);
        let mut spec = json!({
            "replicas": replicas, "selector": deployment["spec"]["selector"], "template": template,
        });
        if !deployment["spec"]["minReadySeconds"].is_null() {
            spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"].clone();
        }
        object::map_at(&mut spec, &["selector", "matchLabels"]).insert(HASH.to_owned(), json!(hash));
        object::map_at(&mut spec, &["template", "metadata", "labels"]).insert(HASH.to_owned(), json!(hash));
        let mut annotations = deployment["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        annotations.insert(REVISION.to_owned(), json!(revision.to_string()));
        let set = json!({
            "metadata": {
                "name": format!("{}-{hash}", object::name(deployment)),
                "labels": spec["template"]["metadata"]["labels"],
                "annotations": annotations,
                "ownerReferences": [owner("Deployment", "apps/v1", deployment)],
            },
            "spec": spec,
        });
        if let Some(set) = self.make(now, SETS, object::namespace(deployment), set) {
            self.tell_scaled(now, deployment, &set, 0, replicas);
            self.number_deployment(now, deployment, revision);
        }
    }

    /// The newest has the highest revision, also when it is one of before.
    fn number_set(&mut self, now: Wall, deployment: &Value, set: &Value, revision: i64) {
        let revision = revision.max(self::revision(set));
        let key = Key::new(SETS, object::namespace(set), object::name(set));
        self.change(now, &key, Part::Whole, |new| {
            object::map_at(new, &["metadata", "annotations"]).insert(REVISION.to_owned(), json!(revision.to_string()));
        });
        self.number_deployment(now, deployment, revision);
    }

    fn number_deployment(&mut self, now: Wall, deployment: &Value, revision: i64) {
        let key = Key::new("deployments.apps", object::namespace(deployment), object::name(deployment));
        self.change(now, &key, Part::Whole, |new| {
            object::map_at(new, &["metadata", "annotations"]).insert(REVISION.to_owned(), json!(revision.to_string()));
        });
    }

    fn scale_set(&mut self, now: Wall, deployment: &Value, set: &Value, wished: i64) {
        let was = replicas(set);
        if was == wished {
            return;
        }
        let key = Key::new(SETS, object::namespace(set), object::name(set));
        self.change(now, &key, Part::Whole, |new| {
            object::map_at(new, &["spec"]).insert("replicas".to_owned(), json!(wished));
        });
        self.tell_scaled(now, deployment, set, was, wished);
    }

    fn tell_scaled(&mut self, now: Wall, deployment: &Value, set: &Value, from: i64, to: i64) {
        let direction = if to < from { "down" } else { "up" };
        let message = format!("Scaled {direction} replica set {} from {from} to {to}", object::name(set));
        self.tell(now, "deployment-controller", deployment, "ScalingReplicaSet", &message);
    }

    /// Deletes ReplicaSets without pods that are more than are to be remembered.
    fn forget_old(&mut self, now: Wall, deployment: &Value) {
        let remembered = usize::try_from(number(deployment, &["spec", "revisionHistoryLimit"]).unwrap_or(10)).unwrap_or(0);
        let sets = self.sets(deployment);
        let idle: Vec<&Arc<Value>> = sets
            .iter()
            .filter(|set| !is_of(set, deployment) && replicas(set) == 0 && number(set, &["status", "replicas"]) == Some(0))
            .collect();
        for set in idle.iter().take(idle.len().saturating_sub(remembered)) {
            let how = Deletion { propagation: Some(Propagation::Background), ..Deletion::default() };
            self.let_go(now, &Key::new(SETS, object::namespace(set), object::name(set)), &how);
        }
    }

    fn report(&mut self, now: Wall, key: &Key) {
        let Some(deployment) = self.store.get(key).cloned() else { return };
        let sets = self.sets(&deployment);
        let newest = sets.iter().find(|set| is_of(set, &deployment)).map(AsRef::as_ref);
        let (status, due) = super::rollout::status(&deployment, newest, &sets, now);
        if let Some(due) = due {
            self.later(due, super::Work::Deployment(key.clone()));
        }
        self.change(now, key, Part::Status, |new| new["status"] = status);
    }
}

pub(super) fn replicas(set: &Value) -> i64 {
    number(set, &["spec", "replicas"]).unwrap_or(1)
}

fn revision(set: &Value) -> i64 {
    text(set, &["metadata", "annotations", REVISION]).parse().unwrap_or(0)
}

/// Whether a ReplicaSet has the template of a deployment.
fn is_of(set: &Value, deployment: &Value) -> bool {
    let mut template = at(set, &["spec", "template"]).clone();
    object::map_at(&mut template, &["metadata", "labels"]).remove(HASH);
    template == *at(deployment, &["spec", "template"])
}

fn hash(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hasher = SipHasher13::new();
    hasher.write(template.to_string().as_bytes());
    let mut hash = hasher.finish();
    let mut text = String::new();
    for _ in 0..10 {
        text.push(char::from(LETTERS[(hash % LETTERS.len() as u64) as usize]));
        hash /= LETTERS.len() as u64;
    }
    text
}
