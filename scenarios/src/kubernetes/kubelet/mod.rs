//! What the nodes of a cluster do, as one: it takes pods on, has their containers run, writes what became of them, and ends them.
//!
//! Pure, as the API: whoever owns it runs containers as [`Order`]s say, and reports. While the API is away what runs goes on.
//!
//! | file | what |
//! | --- | --- |
//! | `order` | what it wants done, and what it is told |
//! | `container` | a container as its pod describes it: variables, volumes, tokens |
//! | `run` | a pod that is there: whose turn it is |
//! | `status` | what is written of it |
mod container;
mod order;
mod run;
mod status;

pub use order::{Asks, Became, Container, Order, PodId, Probe, Turn};

use super::{
    Answer, Api, Request, User,
    object::{self, text},
};
use run::Run;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
    sync::Arc,
};
use strait_core::time::Wall;

/// How soon it asks again what the API refused, in milliseconds.
const AGAIN: u64 = 1000;
/// By what the API knows it.
const TOKEN: &str = "kubelet-of-the-cluster";

/// The nodes of a cluster.
#[derive(Debug)]
pub struct Kubelet {
    node: String,
    free: VecDeque<Ipv4Addr>,
    runs: BTreeMap<PodId, Run>,
    /// The version up to which it has looked.
    seen: Option<u64>,
    /// Pods of which not all was written.
    owed: BTreeSet<PodId>,
    again: Option<Wall>,
    /// An address came back in this look.
    has_room: bool,
}

impl Kubelet {
    /// Of a node with this name, whose pods may have these addresses. One that is given back is given again after all others.
    pub fn new(node: &str, addresses: impl IntoIterator<Item = Ipv4Addr>) -> Self {
        Self {
            node: node.to_owned(),
            free: addresses.into_iter().collect(),
            runs: BTreeMap::new(),
            seen: None,
            owed: BTreeSet::new(),
            again: None,
            has_room: false,
        }
    }

    /// Looks at what changed, and says what is to be done. To be called when [`Api::version`] is another, after each report, and at [`Self::wake_at`].
    pub fn look(&mut self, api: &mut Api, now: Wall) -> Vec<Order> {
        let mut orders = Vec::new();
        if !api.faults().is_away && self.seen != Some(api.version()) {
            self.look_at_pods(api, now, &mut orders);
        }
        self.again = None;
        for run in self.runs.values_mut() {
            run.go_on(api, now, &mut orders);
        }
        self.owed.extend(self.runs.keys().cloned());
        self.write(api, now);
        self.bury(api, now, &mut orders);
        // What it wrote itself is no news; what it could not write is owed. An address that is free may be what a pod waits for.
        let has_room = std::mem::take(&mut self.has_room);
        self.seen = (!api.faults().is_away && !has_room).then(|| api.version());
        if !self.owed.is_empty() || api.faults().is_away {
            self.again = Some(Wall(now.0 + AGAIN));
        }
        if has_room {
            self.again = Some(now);
        }
        orders
    }

    /// Takes over what became of a container. What follows is said by [`Self::look`].
    pub fn report(&mut self, now: Wall, pod: &PodId, container: &str, what: Became) {
        if let Some(run) = self.runs.get_mut(pod) {
            run.became(now, container, what);
        }
    }

    /// When there is something to do, if nothing happens before.
    pub fn wake_at(&self) -> Option<Wall> {
        self.runs.values().filter_map(Run::wake_at).chain(self.again).min_by_key(|at| at.0)
    }

    fn look_at_pods(&mut self, api: &mut Api, now: Wall, orders: &mut Vec<Order>) {
        let pods: Vec<Arc<Value>> = api.store.all("pods", "").map(|(_, pod)| Arc::clone(pod)).collect();
        let mut there = BTreeSet::new();
        for pod in pods {
            let id = run::id(&pod);
            there.insert(id.clone());
            if let Some(run) = self.runs.get_mut(&id) {
                if object::is_being_deleted(&pod) {
                    run.is_told_to_end(pod, now);
                } else {
                    run.pod = pod;
                }
                continue;
            }
            match text(&pod, &["spec", "nodeName"]) {
                "" if self.free.is_empty() || object::is_being_deleted(&pod) => {}
                "" => self.take_on(api, now, &id),
                node if node != self.node => {}
                _ if matches!(text(&pod, &["status", "phase"]), "Succeeded" | "Failed") && !object::is_being_deleted(&pod) => {}
                _ if object::is_being_deleted(&pod) => _ = self.let_go(api, now, &id),
                _ => {
                    if let Some(address) = self.free.pop_front() {
                        self.runs.insert(id.clone(), Run::new(id, address, pod, now));
                    }
                }
            }
        }
        // Taken away without being asked for.
        let lost: Vec<PodId> = self.runs.keys().filter(|id| !there.contains(id)).cloned().collect();
        for id in lost {
            let Some(run) = self.runs.remove(&id) else { continue };
            for (name, _) in run.containers.iter().filter(|(_, state)| state.is_there()) {
                orders.push(Order::Stop { pod: id.clone(), container: name.clone(), kill: true });
            }
            self.owed.remove(&id);
            self.is_gone(run, orders);
        }
    }

    /// Takes a pod on that has no node yet; what follows comes with the next look.
    fn take_on(&mut self, api: &mut Api, now: Wall, id: &PodId) {
        let binding = json!({"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": self.node}});
        let bound = self.ask(api, now, Request::with_body("POST", &format!("{}/binding", path(id)), "application/json", &binding));
        if bound
            && let Some(pod) = api.store.all("pods", &id.namespace).find(|(key, _)| key.name == id.name).map(|(_, pod)| Arc::clone(pod))
            && let Some(address) = self.free.pop_front()
        {
            self.runs.insert(id.clone(), Run::new(id.clone(), address, pod, now));
        } else {
            self.again = Some(Wall(now.0 + AGAIN));
        }
    }

    /// Writes what became different.
    fn write(&mut self, api: &mut Api, now: Wall) {
        for id in std::mem::take(&mut self.owed) {
            let Some(run) = self.runs.get(&id) else { continue };
            let status = status::of(run, now);
            if status_is(&run.pod, &status) {
                continue;
            }
            let wanted =
                Request::with_body("PATCH", &format!("{}/status", path(&id)), "application/merge-patch+json", &json!({"status": status}));
            if !self.ask(api, now, wanted) {
                self.owed.insert(id);
                continue;
            }
            let pod = api.store.all("pods", &id.namespace).find(|(key, _)| key.name == id.name).map(|(_, pod)| Arc::clone(pod));
            if let (Some(pod), Some(run)) = (pod, self.runs.get_mut(&id)) {
                run.pod = pod;
            }
        }
    }

    /// Lets pods go that have ended. Of one that ended by itself the object stays.
    fn bury(&mut self, api: &mut Api, now: Wall, orders: &mut Vec<Order>) {
        let is_over = |run: &&Run| run.is_silent() && (run.ends.is_some() || run.is_over().is_some());
        let ended: Vec<(PodId, bool)> = self.runs.values().filter(is_over).map(|run| (run.id.clone(), run.ends.is_some())).collect();
        for (id, is_told) in ended {
            if (!is_told && self.owed.contains(&id)) || (is_told && !self.let_go(api, now, &id)) {
                self.again = Some(Wall(now.0 + AGAIN));
                continue;
            }
            self.owed.remove(&id);
            if let Some(run) = self.runs.remove(&id) {
                self.is_gone(run, orders);
            }
        }
    }

    fn is_gone(&mut self, run: Run, orders: &mut Vec<Order>) {
        self.free.push_back(run.address);
        self.has_room = true;
        orders.push(Order::Gone { pod: run.id, address: run.address });
    }

    fn let_go(&mut self, api: &mut Api, now: Wall, id: &PodId) -> bool {
        let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": id.uid}});
        self.ask(api, now, Request::with_body("DELETE", &path(id), "application/json", &options))
    }

    /// Whether the API did it.
    fn ask(&self, api: &mut Api, now: Wall, request: Request) -> bool {
        api.accept_token(TOKEN, User { name: format!("system:node:{}", self.node), ..User::default() });
        match api.handle(now, &request.as_bearer(TOKEN)).answer {
            // One that is gone, or another, needs nothing more.
            Answer::Whole(response) => matches!(response.code, 200..=299 | 404 | 409),
            Answer::Watch(_) | Answer::Cut => false,
        }
    }
}

fn path(id: &PodId) -> String {
    format!("/api/v1/namespaces/{}/pods/{}", id.namespace, id.name)
}

fn status_is(pod: &Value, status: &Value) -> bool {
    status.as_object().is_some_and(|fields| fields.iter().all(|(field, value)| pod["status"].get(field) == Some(value)))
}
