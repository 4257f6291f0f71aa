//! `adopt-by-itself`: a zone that freezes adopts what it was told, without an operator. Broken: S5.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{Operation, Ticket, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// The ticket of nobody.
const NOBODY: Ticket = Ticket(u64::MAX);

/// `adopt-by-itself`.
#[derive(Debug, Default)]
pub(super) struct AdoptByItself {
    adopted: bool,
}

impl Sabotage for AdoptByItself {
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        let frozen = node.observe().peers.get(zone).is_some_and(|peer| peer.consumed.frozen.is_some());
        if frozen && !self.adopted {
            self.adopted = true;
            node.handle(now, Step::Input(ZoneInput::Operate { ticket: NOBODY, operation: Operation::Adopt }), out);
        }
    }
}
