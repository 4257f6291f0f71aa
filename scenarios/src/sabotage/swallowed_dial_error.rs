//! `swallowed-dial-error`: a zone does not hear that a dial failed, and waits for an answer for ever. Broken: L1.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `swallowed-dial-error`.
#[derive(Debug, Default)]
pub(super) struct SwallowedDialError;

impl Sabotage for SwallowedDialError {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if !matches!(step, Step::Input(ZoneInput::Dialed(Err(_)))) {
            node.handle(now, step, out);
        }
    }
}
