//! `resend-all`: global does not listen to what a zone that comes back holds, and sends it everything. Broken: B2.
use super::{GlobalActor, Sabotage};
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::RequestBody,
    time::Now,
};

/// `resend-all`.
#[derive(Debug, Default)]
pub(super) struct ResendAll;

impl Sabotage for ResendAll {
    fn global(&mut self, node: &mut GlobalActor, now: Now, mut step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Request(_, request)) = &mut step
            && let RequestBody::SubscribeAll { held, staged, .. } = &mut request.body
        {
            (*held, *staged) = (None, None);
        }
        node.handle(now, step, out);
    }
}
