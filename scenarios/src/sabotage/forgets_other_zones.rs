//! `forgets-other-zones`: a zone that starts and does not reach global tells its proxies nothing of where other zones are. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::sync::Arc;
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
    resource::ZoneName,
    time::Now,
};

/// `forgets-other-zones`.
#[derive(Debug, Default)]
pub(super) struct ForgetsOtherZones {
    reached_global: bool,
}

impl Sabotage for ForgetsOtherZones {
    fn zone(&mut self, here: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        self.reached_global |= matches!(step, Step::Input(ZoneInput::Dialed(Ok(_))));
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit
                && !self.reached_global
            {
                for part in &mut update.put {
                    if let Part::Endpoints(endpoints) = part
                        && endpoints.destination.service.zone.as_ref().is_some_and(|zone| zone != here)
                    {
                        Arc::make_mut(endpoints).endpoints.clear();
                    }
                }
            }
            out.push(emit);
        }
    }
}
