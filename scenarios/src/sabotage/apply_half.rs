//! `apply-half`: a zone makes the first part of a transfer visible as if it were all of it. Broken: S10.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `apply-half`.
#[derive(Debug)]
pub(super) struct ApplyHalf;

impl Sabotage for ApplyHalf {
    fn zone(&mut self, _zone: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Response(_, response)) = &mut step
            && let (Lane::Down, ResponseBody::Resources { transfer: Some(transfer), .. }) = (response.lane, &mut response.body)
        {
            transfer.last |= transfer.part == 0;
        }
        node.handle(now, step, out);
    }
}
