//! What the nodes let know, kept; and what they answered.
use super::play::Play;
use crate::event::{Emits, Event, Stepped, StopHow, What};
use strait_core::{
    Emit,
    node::{EditOutcome, GlobalEffect, ObservationChange, Ticket, ZoneEffect},
    sync::Lane,
};

impl Play<'_> {
    /// Keeps what the nodes let know, and collects what they answered.
    pub(super) fn fold(&mut self, event: &Event, answers: &mut Vec<(Ticket, EditOutcome)>) {
        match &event.what {
            What::Started { observation, emits, .. } => {
                self.disturbed();
                self.observations.insert(event.node.clone(), observation.as_ref().clone());
                match emits {
                    // What recovering let know is part of the observation already.
                    Emits::Global(emits) => collect_global(emits, &mut Vec::new(), answers),
                    Emits::Zone(emits) => collect_zone(emits, &mut Vec::new(), answers),
                }
            }
            What::RefusedToStart { .. } => {
                self.observations.remove(&event.node);
            }
            What::Stopped { how } => {
                self.disturbed();
                self.observations.remove(&event.node);
                if self.armed
                    && !self.acting
                    && *how != StopHow::StoreFailed
                    && self.scenario.crash_points.as_ref().is_some_and(|points| points.of == event.node)
                {
                    self.crashed = true;
                }
                self.ledger.give_up(&event.node);
            }
            What::Paused | What::Resumed => self.disturbed(),
            What::Workload(at) => self.at_workload(at),
            What::Stepped(stepped) => {
                let mut changes = Vec::new();
                let provides = match stepped {
                    Stepped::Global { emits, .. } => {
                        collect_global(emits, &mut changes, answers);
                        Lane::Down
                    }
                    Stepped::Zone { emits, .. } => {
                        collect_zone(emits, &mut changes, answers);
                        Lane::Up
                    }
                };
                if let Some(observation) = self.observations.get_mut(&event.node) {
                    changes.into_iter().for_each(|change| observation.apply(change, provides));
                }
            }
        }
    }
}

fn collect_global<'e>(emits: &'e [Emit<GlobalEffect>], changes: &mut Vec<&'e ObservationChange>, answers: &mut Vec<(Ticket, EditOutcome)>) {
    for emit in emits {
        match emit {
            Emit::Observed(change) => changes.push(change),
            Emit::Effect(GlobalEffect::Done { ticket, outcome }) => answers.push((*ticket, outcome.clone())),
            _ => {}
        }
    }
}

fn collect_zone<'e>(emits: &'e [Emit<ZoneEffect>], changes: &mut Vec<&'e ObservationChange>, answers: &mut Vec<(Ticket, EditOutcome)>) {
    for emit in emits {
        match emit {
            Emit::Observed(change) => changes.push(change),
            Emit::Effect(ZoneEffect::Done { ticket, outcome }) => answers.push((*ticket, outcome.clone())),
            _ => {}
        }
    }
}
