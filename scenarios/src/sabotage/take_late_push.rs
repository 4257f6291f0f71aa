//! `take-late-push`: a zone takes what an old session brings as if the present one had said it, wherever it leads. Broken: S4.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{ResponseBody, Session},
    time::Now,
};

/// `take-late-push`.
#[derive(Debug, Default)]
pub(super) struct TakeLatePush {
    present: Option<Session>,
}

impl Sabotage for TakeLatePush {
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        match &mut step {
            Step::Input(ZoneInput::Dialed(Ok((session, _)))) => self.present = Some(*session),
            Step::Input(ZoneInput::Response(session, response)) => {
                if let (Some(present), ResponseBody::Resources { transfer: Some(transfer), .. }) = (self.present, &mut response.body)
                    && *session != present
                    && let Some(held) = node.observe().peers.get(zone).and_then(|peer| peer.consumed.position)
                {
                    (*session, transfer.from, transfer.upto) = (present, Some(held), held);
                }
            }
            _ => {}
        }
        node.handle(now, step, out);
    }
}
