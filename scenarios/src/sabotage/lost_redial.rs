//! `lost-redial`: a zone whose session has ended never dials again. Broken: L1.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `lost-redial`.
#[derive(Debug, Default)]
pub(super) struct LostRedial {
    /// The process has had a session.
    connected: bool,
}

impl Sabotage for LostRedial {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        self.connected |= matches!(step, Step::Input(ZoneInput::Dialed(Ok(_))));
        node.handle(now, step, out);
        for emit in taken(out) {
            if !self.connected || !matches!(emit, Emit::Effect(ZoneEffect::Dial { .. })) {
                out.push(emit);
            }
        }
    }
}
