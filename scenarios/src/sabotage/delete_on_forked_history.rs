//! `delete-on-forked-history`: a zone that froze does not wait for an operator, but takes what global says.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{Operation, Ticket, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// The answer to it reaches nobody.
const NOBODYS: Ticket = Ticket(u64::MAX);

/// Decides for itself, once for each freeze.
#[derive(Debug, Default)]
pub(super) struct DeleteOnForkedHistory {
    decided: bool,
}

impl Sabotage for DeleteOnForkedHistory {
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        let is_frozen = node.observe().peers.get(zone).is_some_and(|peer| peer.consumed.frozen.is_some());
        if is_frozen && !self.decided {
            node.handle(now, Step::Input(ZoneInput::Operate { ticket: NOBODYS, operation: Operation::Adopt }), out);
        }
        self.decided = is_frozen;
        for emit in taken(out) {
            if !matches!(emit, Emit::Effect(ZoneEffect::Done { ticket: NOBODYS, .. })) {
                out.push(emit);
            }
        }
    }
}
