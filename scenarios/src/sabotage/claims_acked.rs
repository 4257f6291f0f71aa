//! `claims-acked`: global takes a zone that comes back for one that holds all it has, whatever the zone says. Broken: S9.
use super::{GlobalActor, Sabotage};
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::RequestBody,
    time::Now,
};

/// `claims-acked`.
#[derive(Debug, Default)]
pub(super) struct ClaimsAcked;

impl Sabotage for ClaimsAcked {
    fn global(&mut self, node: &mut GlobalActor, now: Now, mut step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Request(_, request)) = &mut step
            && let RequestBody::SubscribeAll { held, staged, .. } = &mut request.body
            && held.is_some()
        {
            *held = node.observe().head;
            *staged = None;
        }
        node.handle(now, step, out);
    }
}
