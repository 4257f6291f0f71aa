//! `hides-refusal`: a zone acknowledges what it refuses, and says nothing of that. Broken: L1.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ObservationChange, ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::RequestBody,
    time::Now,
};

/// `hides-refusal`.
#[derive(Debug)]
pub(super) struct HidesRefusal;

impl Sabotage for HidesRefusal {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            match &mut emit {
                Emit::Observed(ObservationChange::Rejected { .. }) => continue,
                Emit::Effect(ZoneEffect::Request(_, request)) => match &mut request.body {
                    RequestBody::Nack { kind, nonce, .. } => request.body = RequestBody::Ack { kind: kind.clone(), nonce: nonce.clone() },
                    RequestBody::SubscribeAll { rejected, .. } => rejected.clear(),
                    _ => {}
                },
                _ => {}
            }
            out.push(emit);
        }
    }
}
