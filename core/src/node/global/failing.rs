//! A global whose store failed: memory has run ahead of the disk. Until it is brought back from what is stored it shows what it last
//! held durably, says to everybody why it takes nothing, and takes nothing.
use super::GlobalNode;
use crate::{
    machine::{Out, StoreFailure},
    node::{EditRefused, GlobalEffect, GlobalInput, ObservationChange, Refusal},
};

impl GlobalNode {
    pub(super) fn fail(&mut self, why: StoreFailure, out: &mut Out<GlobalEffect>) {
        if self.store_failure.replace(why).is_some() {
            return;
        }
        tracing::warn!(%why, "the store failed");
        let unsaid = self.outbox.fail();
        self.outbox.observed(ObservationChange::StoreFailed(why), out);
        for effect in unsaid {
            match effect {
                GlobalEffect::Done { ticket, outcome } => {
                    let outcome = outcome.and_then(|_| Err(EditRefused::unknown(why)));
                    self.done(ticket, outcome, out);
                }
                // The session ended for a reason of its own.
                GlobalEffect::Close { .. } => self.outbox.effect_now(effect, out),
                GlobalEffect::Request(..) | GlobalEffect::Response(..) => {}
            }
        }
        for (session, guest) in std::mem::take(&mut self.guests) {
            if let Some(zone) = self.zones.get_mut(&guest.zone).filter(|zone| zone.peer.is_on(session)) {
                zone.peer.end();
                self.outbox.observed(ObservationChange::Ended { zone: guest.zone, why: Refusal::Store(why).to_string() }, out);
            }
            self.outbox.effect_now(GlobalEffect::Close { session, why: Refusal::Store(why) }, out);
        }
    }

    pub(super) fn turn_away(&mut self, input: GlobalInput, out: &mut Out<GlobalEffect>) {
        let Some(why) = self.store_failure else {
            return;
        };
        match input {
            GlobalInput::Edit { ticket, .. } | GlobalInput::Operate { ticket, .. } => {
                self.done(ticket, Err(EditRefused::Store(why.to_string())), out);
            }
            GlobalInput::Opened { session, .. } => {
                self.outbox.effect_now(GlobalEffect::Close { session, why: Refusal::Store(why) }, out);
            }
            GlobalInput::Closed { .. }
            | GlobalInput::Stuck { .. }
            | GlobalInput::Receiving(_)
            | GlobalInput::Request(..)
            | GlobalInput::Response(..) => {}
        }
    }
}
