//! One pod that is there: which of its containers run, and which are next.
use super::{
    container::{self, Waits},
    order::{Became, Order, PodId, Turn},
};
use crate::kubernetes::{
    Api,
    object::{self, number, text},
};
use serde_json::Value;
use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};
use strait_core::time::Wall;

/// What the images are called that can be run.
pub(super) const IMAGES: [&str; 2] = ["strait", "strait-workload"];
/// How long a container rests that ended a second time, in milliseconds; each time twice as long, up to the longest. Real kubelets do it so.
const FIRST_REST: u64 = 10_000;
const LONGEST_REST: u64 = 300_000;
/// One that ran for so long begins to rest anew from the first.
const RAN_WELL: u64 = 600_000;

/// A pod that is there.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: PodId,
    pub(super) address: Ipv4Addr,
    pub(super) pod: Arc<Value>,
    pub(super) began: Wall,
    pub(super) containers: BTreeMap<String, State>,
    /// When it was told to end.
    pub(super) ends: Option<Ends>,
}

/// A pod that is to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) since: Wall,
    /// Then what still runs is ended at once.
    pub(super) by: Wall,
    killed: bool,
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) is: Is,
    pub(super) restarts: u32,
    /// How it ended before.
    pub(super) before: Option<Ended>,
    rest: u64,
    /// It was asked to end.
    asked: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Is {
    Waiting(Waits),
    /// It is to run, and nobody has said yet that it does.
    Starting,
    Running {
        since: Wall,
        ready: bool,
    },
    Resting {
        ended: Ended,
        until: Wall,
    },
    Ended(Ended),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) began: Wall,
    pub(super) at: Wall,
    pub(super) code: i32,
}

impl State {
    fn new() -> Self {
        let is = Is::Waiting(Waits { reason: "PodInitializing", message: String::new() });
        Self { is, restarts: 0, before: None, rest: 0, asked: false }
    }

    /// There is a process.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.is, Is::Starting | Is::Running { .. })
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.is, Is::Running { ready: true, .. })
    }
}

impl Run {
    pub(super) fn new(id: PodId, address: Ipv4Addr, pod: Arc<Value>, now: Wall) -> Self {
        let containers = container::all(&pod).map(|(one, _)| (text(one, &["name"]).to_owned(), State::new())).collect();
        Self { id, address, pod, began: now, containers, ends: None }
    }

    fn policy(&self) -> &str {
        text(&self.pod, &["spec", "restartPolicy"])
    }

    pub(super) fn state(&self, described: &Value) -> Option<&State> {
        self.containers.get(text(described, &["name"]))
    }

    /// Its containers that are not for the beginning alone, with their state.
    fn mains(&self) -> impl Iterator<Item = &State> {
        container::all(&self.pod).filter(|(_, turn)| *turn == Turn::Main).filter_map(|(one, _)| self.state(one))
    }

    /// All of its main containers have ended for good: how. `None`: not so.
    pub(super) fn is_over(&self) -> Option<bool> {
        let codes: Option<Vec<i32>> =
            self.mains().map(|state| if let Is::Ended(ended) = state.is { Some(ended.code) } else { None }).collect();
        codes.map(|codes| codes.iter().all(|code| *code == 0))
    }

    /// Nothing of it runs.
    pub(super) fn is_silent(&self) -> bool {
        self.containers.values().all(|state| !state.is_there())
    }

    /// Starts and ends containers, as far as it is their turn.
    pub(super) fn go_on(&mut self, api: &mut Api, now: Wall, orders: &mut Vec<Order>) {
        if self.ends.is_some() {
            self.end(now, orders);
        } else if self.is_over().is_some() {
            // Sidecars end with those beside whom they are.
            self.ask_to_end(|turn| turn == Turn::FirstAndBeside, orders);
        } else {
            self.begin(api, now, orders);
        }
    }

    fn begin(&mut self, api: &mut Api, now: Wall, orders: &mut Vec<Order>) {
        let pod = Arc::clone(&self.pod);
        let mut is_first_done = true;
        for (described, turn) in container::all(&pod) {
            if turn == Turn::Main && !is_first_done {
                return;
            }
            let name = text(described, &["name"]);
            let Some(state) = self.containers.get_mut(name) else { continue };
            let is_due = match state.is {
                Is::Waiting(_) => true,
                Is::Resting { until, .. } => now.0 >= until.0,
                _ => false,
            };
            if is_due {
                let image = text(described, &["image"]);
                if !IMAGES.contains(&image) {
                    let message = format!("there is no image {image:?} here: only {}", IMAGES.join(" and "));
                    state.is = Is::Waiting(Waits { reason: "ErrImagePull", message });
                } else {
                    match container::resolve(api, now, (&self.id, &pod, self.address), (described, turn)) {
                        Err(waits) => state.is = Is::Waiting(waits),
                        Ok(container) => {
                            if let Is::Resting { ended, .. } = state.is {
                                state.before = Some(ended);
                                state.restarts += 1;
                            }
                            (state.is, state.asked) = (Is::Starting, false);
                            orders.push(Order::Run { pod: self.id.clone(), address: self.address, container: Box::new(container) });
                        }
                    }
                }
            }
            let has_had_its_turn = match turn {
                Turn::First => matches!(state.is, Is::Ended(_)),
                Turn::FirstAndBeside => matches!(state.is, Is::Running { .. }),
                Turn::Main => true,
            };
            is_first_done &= has_had_its_turn;
            if !has_had_its_turn {
                return;
            }
        }
    }

    /// It is to end: first what it is there for, when its `preStop` has slept; sidecars after it; at last all that is left.
    fn end(&mut self, now: Wall, orders: &mut Vec<Order>) {
        let Some(mut ends) = self.ends else { return };
        if now.0 >= ends.by.0 && !std::mem::replace(&mut ends.killed, true) {
            self.ends = Some(ends);
            for (name, _) in self.containers.iter().filter(|(_, state)| state.is_there()) {
                orders.push(Order::Stop { pod: self.id.clone(), container: name.clone(), kill: true });
            }
            return;
        }
        let pod = Arc::clone(&self.pod);
        let sleeps = |name: &str| {
            let described = container::all(&pod).map(|(one, _)| one).find(|one| text(one, &["name"]) == name);
            described.map_or(0, |one| number(one, &["lifecycle", "preStop", "sleep", "seconds"]).unwrap_or(0))
        };
        let mains_run = self.mains().any(State::is_there);
        let due: Vec<String> = container::all(&pod)
            .filter(|(_, turn)| *turn != Turn::FirstAndBeside || !mains_run)
            .map(|(one, _)| text(one, &["name"]).to_owned())
            .filter(|name| now.0 >= after(ends.since, sleeps(name)).0)
            .collect();
        for name in due {
            self.ask_one_to_end(&name, orders);
        }
    }

    fn ask_to_end(&mut self, whom: impl Fn(Turn) -> bool, orders: &mut Vec<Order>) {
        let pod = Arc::clone(&self.pod);
        for (one, _) in container::all(&pod).filter(|(_, turn)| whom(*turn)) {
            self.ask_one_to_end(text(one, &["name"]), orders);
        }
    }

    fn ask_one_to_end(&mut self, name: &str, orders: &mut Vec<Order>) {
        if let Some(state) = self.containers.get_mut(name).filter(|state| state.is_there() && !state.asked) {
            state.asked = true;
            orders.push(Order::Stop { pod: self.id.clone(), container: name.to_owned(), kill: false });
        }
    }

    /// It was told to end.
    pub(super) fn is_told_to_end(&mut self, pod: Arc<Value>, now: Wall) {
        let grace = number(&pod, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        let by = after(now, grace);
        // Telling it again only hastens it.
        match &mut self.ends {
            None => self.ends = Some(Ends { since: now, by, killed: false }),
            Some(ends) => ends.by = Wall(ends.by.0.min(by.0.max(ends.since.0))),
        }
        self.pod = pod;
    }

    /// What became of one of its containers.
    pub(super) fn became(&mut self, now: Wall, name: &str, what: Became) {
        let pod = Arc::clone(&self.pod);
        let Some((described, turn)) = container::all(&pod).find(|(one, _)| text(one, &["name"]) == name) else { return };
        let policy = self.policy().to_owned();
        let (over, ends) = (self.is_over().is_some(), self.ends.is_some());
        let Some(state) = self.containers.get_mut(name) else { return };
        match what {
            Became::Running => {
                if let Is::Starting = state.is {
                    let ready = !described["readinessProbe"].is_object();
                    state.is = Is::Running { since: now, ready };
                }
            }
            Became::Ready(said) => {
                if let Is::Running { ready, .. } = &mut state.is {
                    *ready = said;
                }
            }
            Became::Exited { code } => {
                let began = if let Is::Running { since, .. } = state.is { since } else { now };
                let ended = Ended { began, at: now, code };
                let comes_again = match turn {
                    Turn::First => code != 0 && policy != "Never",
                    Turn::FirstAndBeside => !over,
                    Turn::Main => policy != "Never" && (policy != "OnFailure" || code != 0),
                };
                if ends || !comes_again {
                    state.is = Is::Ended(ended);
                    return;
                }
                if now.0.saturating_sub(began.0) >= RAN_WELL {
                    state.rest = 0;
                }
                state.is = Is::Resting { ended, until: Wall(now.0 + state.rest) };
                state.rest = if state.rest == 0 { FIRST_REST } else { (state.rest * 2).min(LONGEST_REST) };
            }
        }
    }

    /// When there is something to do for it, if nothing happens before.
    pub(super) fn wake_at(&self) -> Option<Wall> {
        let rests = self.containers.values().filter_map(|state| if let Is::Resting { until, .. } = state.is { Some(until) } else { None });
        let ends = self.ends.iter().flat_map(|ends| {
            // Sidecars are asked once nobody is left beside whom they are.
            let mains_run = self.mains().any(State::is_there);
            let sleeps =
                container::all(&self.pod).filter(|(_, turn)| *turn != Turn::FirstAndBeside || !mains_run).filter_map(|(one, _)| {
                    self.state(one).filter(|state| state.is_there() && !state.asked)?;
                    Some(after(ends.since, number(one, &["lifecycle", "preStop", "sleep", "seconds"]).unwrap_or(0)))
                });
            let last = (!ends.killed && !self.is_silent()).then_some(ends.by);
            sleeps.chain(last).collect::<Vec<_>>()
        });
        rests.filter(|_| self.ends.is_none()).chain(ends).min_by_key(|at| at.0)
    }
}

fn after(since: Wall, seconds: i64) -> Wall {
    Wall(since.0 + u64::try_from(seconds).unwrap_or(0) * 1000)
}

/// Which pod an object is.
pub(super) fn id(pod: &Value) -> PodId {
    PodId { namespace: object::namespace(pod).to_owned(), name: object::name(pod).to_owned(), uid: object::uid(pod).to_owned() }
}
