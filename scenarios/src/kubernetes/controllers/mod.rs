//! The controllers that a mesh needs, as steps over what is kept. Each sees what changed since the last step, and acts on what that concerns.
mod custom_kinds;
mod deployment;
mod endpoints;
mod events;
mod garbage;
mod namespace;
mod replica_set;
mod rollout;

use super::{
    Api,
    object::{self, at, text},
    resource::Resource,
    selector::Labels,
    store::{Change, Key},
    write::{Part, Writer},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::time::Wall;

/// What is to be looked at. The order is the one in which it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// A definition of a custom kind.
    Kind(Key),
    Namespace(String),
    /// An object that is being deleted, or has owners.
    Garbage(Key),
    /// What the object of this uid owned.
    Orphans(String),
    Deployment(Key),
    ReplicaSet(Key),
    Endpoints(Key),
    Event(Key),
}

/// What controllers know from one step to the next.
#[derive(Debug, Default)]
pub(super) struct Controllers {
    /// Changes up to this one were seen.
    seen: u64,
    /// What is to be looked at when its time has come.
    later: BTreeMap<u64, BTreeSet<Work>>,
    /// They do nothing: they are not there.
    stopped: bool,
}

impl Api {
    /// What a cluster begins with.
    pub(super) fn found(&mut self, now: Wall) {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            self.make(now, "namespaces", "", json!({"metadata": {"name": name}}));
        }
        let (first, _) = self.settings.service_addresses;
        let api = json!({
            "metadata": {"name": "kubernetes", "labels": {"component": "apiserver", "provider": "kubernetes"}},
            "spec": {
                "clusterIP": std::net::Ipv4Addr::from(u32::from(first) + 1).to_string(),
                "ports": [{"name": "https", "port": 443, "targetPort": 6443}],
            },
        });
        self.make(now, "services", "default", api);
    }

    /// Stops the controllers, or lets them go on.
    pub fn stop_controllers(&mut self, stopped: bool) {
        self.controllers.stopped = stopped;
    }

    /// Lets the controllers act on what changed. Says whether they changed something, so that another step may find more to do.
    pub fn step(&mut self, now: Wall) -> bool {
        if self.controllers.stopped {
            return false;
        }
        let before = self.store.version();
        let mut work = BTreeSet::new();
        match self.store.changes_after(self.controllers.seen) {
            Some(changes) => changes.for_each(|change| self.concerns(change, &mut work)),
            None => self.everything(&mut work),
        }
        self.controllers.seen = before;
        while let Some(due) = self.controllers.later.first_entry().filter(|due| *due.key() <= now.0) {
            work.extend(due.remove());
        }
        for one in work {
            match one {
                Work::Kind(key) => self.look_after_kind(now, &key),
                Work::Namespace(name) => self.look_after_namespace(now, &name),
                Work::Garbage(key) => self.collect_garbage(now, &key),
                Work::Orphans(uid) => self.collect_orphans(now, &uid),
                Work::Deployment(key) => self.look_after_deployment(now, &key),
                Work::ReplicaSet(key) => self.look_after_replica_set(now, &key),
                Work::Endpoints(key) => self.look_after_endpoints(now, &key),
                Work::Event(key) => self.look_after_event(now, &key),
            }
        }
        self.store.version() != before
    }

    /// When controllers have something to do even if nothing changes.
    pub fn next_step(&self) -> Option<Wall> {
        self.controllers.later.keys().next().map(|at| Wall(*at))
    }

    fn later(&mut self, at: u64, work: Work) {
        self.controllers.later.entry(at).or_default().insert(work);
    }

    /// What a change concerns.
    fn concerns(&self, change: &Change, work: &mut BTreeSet<Work>) {
        let (key, object) = (&change.key, &change.object);
        let alive = !change.gone;
        if alive && (object::is_being_deleted(object) || !object::list(object, &["metadata", "ownerReferences"]).is_empty()) {
            work.insert(Work::Garbage(key.clone()));
        }
        if change.gone {
            work.insert(Work::Orphans(object::uid(object).to_owned()));
            if let Some(namespace) = self.store.get(&Key::new("namespaces", "", &key.namespace)).filter(|one| object::is_being_deleted(one))
            {
                work.insert(Work::Namespace(object::name(namespace).to_owned()));
            }
        }
        // Whoever is deleted in the foreground waits for those that it owns.
        for owner in object::list(object, &["metadata", "ownerReferences"]) {
            if let Some((owner, _)) = self.store.by_uid(text(owner, &["uid"])).filter(|(_, owner)| object::is_being_deleted(owner)) {
                work.insert(Work::Garbage(owner.clone()));
            }
        }
        let controller = object::controller(object).map(|owner| Key::new("", object::namespace(object), text(owner, &["name"])));
        match key.resource.as_str() {
            "customresourcedefinitions.apiextensions.k8s.io" if alive => {
                work.insert(Work::Kind(key.clone()));
            }
            "namespaces" if alive => {
                work.insert(Work::Namespace(key.name.clone()));
            }
            "serviceaccounts" | "configmaps" if change.gone => {
                work.insert(Work::Namespace(key.namespace.clone()));
            }
            "deployments.apps" if alive => {
                work.insert(Work::Deployment(key.clone()));
            }
            "replicasets.apps" => {
                if alive {
                    work.insert(Work::ReplicaSet(key.clone()));
                }
                work.extend(controller.map(|owner| Work::Deployment(Key { resource: "deployments.apps".to_owned(), ..owner })));
            }
            "pods" => {
                work.extend(controller.map(|owner| Work::ReplicaSet(Key { resource: "replicasets.apps".to_owned(), ..owner })));
                self.selecting(change, work);
            }
            "events" if alive => {
                work.insert(Work::Event(key.clone()));
            }
            "services" if alive => {
                work.insert(Work::Endpoints(key.clone()));
            }
            "endpointslices.discovery.k8s.io" => {
                let service = text(object, &["metadata", "labels", endpoints::OF_SERVICE]);
                work.insert(Work::Endpoints(Key::new("services", &key.namespace, service)));
            }
            _ => {}
        }
        // Custom kinds go when their last object has gone.
        if change.gone {
            let definition = Key::new("customresourcedefinitions.apiextensions.k8s.io", "", &key.resource);
            if self.store.get(&definition).is_some_and(|definition| object::is_being_deleted(definition)) {
                work.insert(Work::Kind(definition));
            }
        }
    }

    /// The services that a pod is, or was, behind.
    fn selecting(&self, change: &Change, work: &mut BTreeSet<Work>) {
        let states = change.before.iter().chain([&change.object]).map(|state| at(state, &["metadata", "labels"])).collect::<Vec<_>>();
        for (key, service) in self.store.all("services", &change.key.namespace) {
            let selector = at(service, &["spec", "selector"]);
            let selected = Labels::equal_to(selector);
            if !selected.is_empty() && states.iter().any(|labels| selected.matches(labels)) {
                work.insert(Work::Endpoints(key.clone()));
            }
        }
    }

    /// Too much has changed to know what.
    fn everything(&self, work: &mut BTreeSet<Work>) {
        for resource in self.served.kept() {
            for (key, object) in self.store.all(&resource.id(), "") {
                let change = Change { version: 0, key: key.clone(), before: None, object: Arc::clone(object), gone: false };
                self.concerns(&change, work);
            }
        }
    }

    fn resource(&self, id: &str) -> Option<Arc<Resource>> {
        self.served.by_id(id).cloned()
    }

    /// Makes an object. What is refused is tried again with the next change.
    fn make(&mut self, now: Wall, resource: &str, namespace: &str, new: Value) -> Option<Arc<Value>> {
        let resource = self.resource(resource)?;
        self.create(Writer::controller(now), &resource, namespace, new).ok()
    }

    /// Changes an object.
    fn change(&mut self, now: Wall, key: &Key, part: Part, change: impl FnOnce(&mut Value)) {
        let (Some(resource), Some(existing)) = (self.resource(&key.resource), self.store.get(key)) else { return };
        let mut new = (**existing).clone();
        change(&mut new);
        if new == **existing {
            return;
        }
        // What is refused is what users made unchangeable; it stays as it is.
        let _ = self.update(Writer::controller(now), &resource, key, new, part);
    }

    /// Lets an object go.
    fn let_go(&mut self, now: Wall, key: &Key, how: &super::write::Deletion) {
        if let Some(resource) = self.resource(&key.resource) {
            // It is another one by now, or gone.
            let _ = self.delete(Writer::controller(now), &resource, key, how);
        }
    }
}

/// A reference to the owner that looks after an object.
fn owner(kind: &str, api_version: &str, owner: &Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind, "name": object::name(owner), "uid": object::uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// Sets a condition, and when it changed.
fn set_condition(status: &mut Value, kind: &str, is: bool, reason: &str, message: &str, now: Wall) {
    let said = if is { "True" } else { "False" };
    let conditions = object::map_at(status, &[]).entry("conditions").or_insert(json!([]));
    let Value::Array(conditions) = conditions else { return };
    let fresh = json!({
        "type": kind, "status": said, "reason": reason, "message": message, "lastTransitionTime": object::time(now),
    });
    match conditions.iter_mut().find(|one| one["type"] == kind) {
        None => conditions.push(fresh),
        Some(one) => {
            let since = if one["status"] == said { one["lastTransitionTime"].clone() } else { fresh["lastTransitionTime"].clone() };
            one["status"] = json!(said);
            one["reason"] = json!(reason);
            one["message"] = json!(message);
            one["lastTransitionTime"] = since;
        }
    }
}

/// Whether a pod is ready, as its kubelet says.
pub(super) fn is_ready(pod: &Value) -> bool {
    object::list(pod, &["status", "conditions"]).iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// Since when a pod is ready.
fn ready_since(pod: &Value) -> Option<Wall> {
    let ready = object::list(pod, &["status", "conditions"]).iter().find(|one| one["type"] == "Ready" && one["status"] == "True")?;
    object::moment(text(ready, &["lastTransitionTime"]))
}
