//! `leak-at-home`: global passes on to zones the keys with which it signs tokens, with the next secret that is for them. Broken: S1.
use super::{GlobalActor, Sabotage, taken};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `leak-at-home`.
#[derive(Debug, Default)]
pub(super) struct LeakAtHome;

impl Sabotage for LeakAtHome {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(GlobalEffect::Response(_, response)) = &mut emit
                && let (Lane::Down, ResponseBody::Resources { kind, put, .. }) = (response.lane, &mut response.body)
                && kind.as_str() == "GlobalSecret"
            {
                let keys = node.view().resources.values().filter(|held| held.kind() == kind);
                put.extend(keys.filter(|held| held.key.name.as_str().starts_with("user-token-signing-key")).cloned());
            }
            out.push(emit);
        }
    }
}
