//! `loses-edits-while-away`: a zone that has no session answers its users, but does nothing. Broken: S13.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `loses-edits-while-away`.
#[derive(Debug)]
pub(super) struct LosesEditsWhileAway;

impl Sabotage for LosesEditsWhileAway {
    fn zone(&mut self, _zone: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let is_away = node.observe().peers.values().all(|peer| peer.session.is_none());
        if let Step::Input(ZoneInput::Edit { changes, .. }) = &mut step
            && is_away
        {
            changes.clear();
        }
        node.handle(now, step, out);
    }
}
