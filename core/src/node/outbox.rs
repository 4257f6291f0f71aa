//! Everything that leaves a node, in order: what is stored, and what waits at the gate until that is durable.
use super::{Observation, ObservationChange};
use crate::{
    gate::Gate,
    machine::{Emit, Lsn, Out},
    records::Writes,
    sync::Lane,
};

/// The gate of a node with what others may know of it.
#[derive(Debug)]
pub(crate) struct Outbox<E> {
    provides: Lane,
    gate: Gate<Held<E>>,
    observation: Observation,
}

#[derive(Debug)]
enum Held<E> {
    Effect(E),
    Observed(ObservationChange),
}

impl<E> Outbox<E> {
    pub(crate) fn new(provides: Lane) -> Self {
        Self { provides, gate: Gate::new(), observation: Observation::new() }
    }

    pub(crate) fn observation(&self) -> &Observation {
        &self.observation
    }

    /// Stores. What is said after this waits until it is durable.
    pub(crate) fn store(&mut self, writes: Writes, out: &mut Out<E>) {
        self.gate.store(writes.put, writes.delete, out);
    }

    /// Does this once everything stored so far is durable.
    pub(crate) fn effect(&mut self, effect: E, out: &mut Out<E>) {
        self.hold(Held::Effect(effect), out);
    }

    /// Does this at once: it reveals nothing that is not durable.
    pub(crate) fn effect_now(&self, effect: E, out: &mut Out<E>) {
        out.push(Emit::Effect(effect));
    }

    /// Makes this known once everything stored so far is durable.
    pub(crate) fn observed(&mut self, change: ObservationChange, out: &mut Out<E>) {
        self.hold(Held::Observed(change), out);
    }

    /// Everything up to `upto` is durable.
    pub(crate) fn stored(&mut self, upto: Lsn, out: &mut Out<E>) {
        for held in self.gate.open(upto) {
            self.release(held, out);
        }
    }

    /// Whether all that was said was durable, so that it has left.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.gate.outstanding() == 0
    }

    /// The store failed: what waits never leaves. Gives back the effects among it. What is said from now on no longer waits.
    pub(crate) fn fail(&mut self) -> Vec<E> {
        let held = self.gate.fail().into_iter();
        held.filter_map(|held| if let Held::Effect(effect) = held { Some(effect) } else { None }).collect()
    }

    fn hold(&mut self, held: Held<E>, out: &mut Out<E>) {
        if let Some(held) = self.gate.hold(held) {
            self.release(held, out);
        }
    }

    fn release(&mut self, held: Held<E>, out: &mut Out<E>) {
        match held {
            Held::Effect(effect) => out.push(Emit::Effect(effect)),
            Held::Observed(change) => {
                self.observation.apply(&change, self.provides);
                out.push(Emit::Observed(change));
            }
        }
    }
}
