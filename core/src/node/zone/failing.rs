//! A zone whose store failed: memory has run ahead of the disk. Until it is brought back from what is stored it serves what it last
//! held durably, says why it takes nothing, and takes nothing.
use super::ZoneNode;
use crate::{
    machine::{Out, StoreFailure},
    node::{EditRefused, FromProxy, ObservationChange, ZoneEffect, ZoneInput},
    time::Mono,
};

impl ZoneNode {
    pub(super) fn fail(&mut self, now: Mono, why: StoreFailure, out: &mut Out<ZoneEffect>) {
        if self.store_failure.replace(why).is_some() {
            return;
        }
        tracing::warn!(zone = %self.zone, %why, "the store failed");
        let unsaid = self.outbox.fail();
        self.outbox.observed(ObservationChange::StoreFailed(why), out);
        for effect in unsaid {
            if let ZoneEffect::Done { ticket, outcome } = effect {
                let outcome = outcome.and_then(|_| Err(EditRefused::unknown(why)));
                self.done(ticket, outcome, out);
            }
        }
        if let Some(talk) = self.peer.talk() {
            self.link.ended(now, false);
            self.peer.end();
            self.outbox.observed(ObservationChange::Ended { zone: self.zone.clone(), why: why.to_string() }, out);
            self.outbox.effect_now(ZoneEffect::Hangup { session: talk.session }, out);
        }
    }

    pub(super) fn refuse(&mut self, input: ZoneInput, out: &mut Out<ZoneEffect>) {
        let Some(why) = self.store_failure else {
            return;
        };
        match input {
            ZoneInput::Edit { ticket, .. } | ZoneInput::Operate { ticket, .. } => {
                self.done(ticket, Err(EditRefused::Store(why.to_string())), out);
            }
            ZoneInput::Dialed(Ok((session, _))) => self.outbox.effect_now(ZoneEffect::Hangup { session }, out),
            ZoneInput::Proxy(session, FromProxy::Opened { .. }) => self.refuse_proxy_that_comes(session, why.to_string(), out),
            ZoneInput::Dialed(Err(_))
            | ZoneInput::Proxy(..)
            | ZoneInput::Issued(_)
            // It is all listed again for the next process.
            | ZoneInput::Kubernetes(_)
            | ZoneInput::KubernetesAnswered(_)
            | ZoneInput::Closed { .. }
            | ZoneInput::Stuck { .. }
            | ZoneInput::Receiving(_)
            | ZoneInput::Request(..)
            | ZoneInput::Response(..) => {}
        }
    }
}
