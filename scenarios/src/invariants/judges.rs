//! All invariants of a run, around one truth that they share.
use super::{Breach, Broken, Invariant, all};
use crate::{
    event::{Event, NodeId},
    meters::{Meters, Scale},
    oracle::{moment::moments, truth::Truth},
    workload::Ask,
    world::{Setup, Skew},
};
use std::collections::BTreeSet;
use strait_core::time::Mono;

/// The judges of one run. Whoever has found its rule broken says nothing more.
pub struct Judges {
    truth: Truth,
    invariants: Vec<Box<dyn Invariant>>,
}

impl Judges {
    /// All of them, for a world that begins so.
    pub fn new(setup: &Setup) -> Self {
        Self { truth: Truth::new(setup), invariants: all(setup) }
    }

    /// Only those with these ids.
    pub fn only(&mut self, ids: &BTreeSet<String>) {
        self.invariants.retain(|invariant| ids.contains(invariant.id()));
    }

    /// Looks at one event. Returns the rules that it breaks, in the order of the invariants.
    pub fn see(&mut self, event: &Event, scale: &mut dyn Scale) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for moment in moments(event) {
            let (truth, passing) = self.truth.pass(event, &moment);
            ask(&mut self.invariants, &mut breaches, |invariant| invariant.pass(truth, &passing));
        }
        let happened = self.truth.follow(event, scale);
        ask(&mut self.invariants, &mut breaches, |invariant| invariant.see(&self.truth, &happened));
        breaches
    }

    /// Somebody makes the clock of a host go otherwise.
    pub fn skewed(&mut self, at: Mono, who: &NodeId, skew: Skew) {
        self.invariants.iter_mut().for_each(|invariant| invariant.skewed(at, who, skew));
    }

    /// Whether a permission may have refused what a workload asked then.
    pub fn may_be_denied(&self, ask: &Ask, asked: Mono) -> bool {
        self.truth.reach.may_be_denied(ask, asked)
    }

    /// What it cost so far.
    pub fn meters(&self) -> &Meters {
        self.truth.meter.meters()
    }

    /// Looks again when nothing more will happen.
    pub fn at_end(&mut self, now: Mono) -> Vec<Breach> {
        let mut breaches = Vec::new();
        ask(&mut self.invariants, &mut breaches, |invariant| invariant.at_end(now));
        breaches
    }
}

fn ask(invariants: &mut Vec<Box<dyn Invariant>>, breaches: &mut Vec<Breach>, judge: impl Fn(&mut dyn Invariant) -> Result<(), Broken>) {
    invariants.retain_mut(|invariant| match judge(invariant.as_mut()) {
        Ok(()) => true,
        Err(broken) => {
            breaches.push(Breach { id: invariant.id(), slug: invariant.slug(), broken });
            false
        }
    });
}
