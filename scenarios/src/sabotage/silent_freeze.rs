//! `silent-freeze`: a zone that freezes says nothing of it. Broken: L4.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ObservationChange, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `silent-freeze`.
#[derive(Debug, Default)]
pub(super) struct SilentFreeze;

impl Sabotage for SilentFreeze {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Observed(ObservationChange::Lane { status, .. }) = &mut emit {
                status.frozen = None;
            }
            out.push(emit);
        }
    }
}
