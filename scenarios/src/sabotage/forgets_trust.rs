//! `forgets-trust`: a zone tells its proxies only its own authorities, and not whom to trust of other zones. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
    resource::ZoneName,
    time::Now,
};

/// `forgets-trust`.
#[derive(Debug)]
pub(super) struct ForgetsTrust;

impl Sabotage for ForgetsTrust {
    fn zone(&mut self, here: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
                    if let Part::Trust(trust) = part {
                        trust.domains.retain(|domain, _| domain.split('.').any(|label| label == here.as_str()));
                    }
                }
            }
            out.push(emit);
        }
    }
}
