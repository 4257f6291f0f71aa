//! `forgets-denials`: a zone tells its proxies whom to let in, but not whom to keep out. Broken: S15.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::{Access, Part},
    resource::ZoneName,
    time::Now,
};

/// `forgets-denials`.
#[derive(Debug, Default)]
pub(super) struct ForgetsDenials;

impl Sabotage for ForgetsDenials {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
                    if let Part::Inbound(inbound) = part
                        && let Access::Known { deny, .. } = &mut inbound.access
                    {
                        deny.clear();
                    }
                }
            }
            out.push(emit);
        }
    }
}
