//! `stops-at-a-bad-key`: global sends nobody anything once it holds a key for signing zone tokens that it cannot read. Broken: L4
//! towards a plain Kuma zone, L1 towards others.
use super::{GlobalActor, Sabotage, taken};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::Resource,
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `stops-at-a-bad-key`.
#[derive(Debug, Default)]
pub(super) struct StopsAtABadKey;

impl Sabotage for StopsAtABadKey {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        let stops = node.view().resources.values().any(|held| is_signing_key(held));
        for emit in taken(out) {
            let sends = matches!(&emit, Emit::Effect(GlobalEffect::Response(_, response))
                if response.lane == Lane::Down && matches!(response.body, ResponseBody::Resources { .. }));
            if !(stops && sends) {
                out.push(emit);
            }
        }
    }
}

fn is_signing_key(resource: &Resource) -> bool {
    resource.kind().as_str() == "GlobalSecret" && resource.key.name.as_str().starts_with("zone-token-signing-key")
}
