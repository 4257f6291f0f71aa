//! Containers, as far as they can be told apart from outside: how long they take to begin, when they are ready, and how they end.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::time::Mono;
use strait_scenarios::{
    kubernetes::kubelet::{Became, Order, PodId, Turn},
    workload::ProxyId,
};

/// From the order to the process.
const STARTS_WITHIN: Duration = Duration::from_millis(20);
/// What is there for the beginning alone takes so long.
const FIRST_TAKES: Duration = Duration::from_millis(50);
/// A workload ends so soon when it is asked to.
const ENDS_WITHIN: Duration = Duration::from_millis(10);
/// A sidecar lets connections end before it does.
const DRAINS_FOR: Duration = Duration::from_secs(1);
/// So soon a probe notices that a sidecar is ready.
const PROBED_WITHIN: Duration = Duration::from_millis(200);
/// The sidecar.
const SIDECAR: &str = "kuma-sidecar";
/// By a signal that asks.
const TERMINATED: i32 = 143;
/// By one that does not.
const KILLED: i32 = 137;

/// The containers of all pods.
#[derive(Debug, Default)]
pub(super) struct Containers {
    due: BTreeMap<(Mono, u64), (PodId, String, Became)>,
    sequence: u64,
    running: BTreeSet<(PodId, String)>,
    /// Those that are ready only when something says so.
    probed: BTreeSet<(PodId, String)>,
}

impl Containers {
    /// Does what is ordered.
    pub(super) fn take(&mut self, now: Mono, order: &Order) {
        match order {
            Order::Run { pod, container, .. } => {
                let key = (pod.clone(), container.name.clone());
                self.running.insert(key.clone());
                let starts = now.after(STARTS_WITHIN);
                self.later(starts, &key, Became::Running);
                match (container.turn, container.readiness.is_some()) {
                    (Turn::First, _) => self.later(starts.after(FIRST_TAKES), &key, Became::Exited { code: 0 }),
                    (_, true) if container.name == SIDECAR => _ = self.probed.insert(key),
                    (_, true) => self.later(starts.after(PROBED_WITHIN), &key, Became::Ready(true)),
                    (_, false) => {}
                }
            }
            Order::Stop { pod, container, kill } => {
                let key = (pod.clone(), container.clone());
                if !self.running.contains(&key) {
                    return;
                }
                let (after, code) = match (kill, container == SIDECAR) {
                    (true, _) => (Duration::ZERO, KILLED),
                    (false, true) => (DRAINS_FOR, 0),
                    (false, false) => (ENDS_WITHIN, TERMINATED),
                };
                self.later(now.after(after), &key, Became::Exited { code });
            }
            Order::Gone { pod, .. } => {
                self.due.retain(|_, (of, ..)| of != pod);
                self.running.retain(|(of, _)| of != pod);
                self.probed.retain(|(of, _)| of != pod);
            }
        }
    }

    fn later(&mut self, at: Mono, (pod, container): &(PodId, String), what: Became) {
        self.sequence += 1;
        self.due.insert((at, self.sequence), (pod.clone(), container.clone(), what));
    }

    /// What became of a container until now; one that has ended does nothing more.
    pub(super) fn next(&mut self, now: Mono) -> Option<(PodId, String, Became)> {
        loop {
            let entry = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
            let (pod, container, what) = entry.remove();
            let key = (pod, container);
            if !self.running.contains(&key) {
                continue;
            }
            if let Became::Exited { .. } = what {
                self.running.remove(&key);
                self.probed.remove(&key);
            }
            return Some((key.0, key.1, what));
        }
    }

    pub(super) fn wake_at(&self) -> Option<Mono> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// The probe of a sidecar will find it ready.
    pub(super) fn is_configured(&mut self, now: Mono, who: &ProxyId) {
        let is_it = |pod: &PodId| who.name.as_str() == format!("{}.{}", pod.name, pod.namespace);
        let ready: Vec<(PodId, String)> = self.probed.iter().filter(|(pod, _)| is_it(pod)).cloned().collect();
        for key in ready {
            self.probed.remove(&key);
            self.later(now.after(PROBED_WITHIN), &key, Became::Ready(true));
        }
    }
}
