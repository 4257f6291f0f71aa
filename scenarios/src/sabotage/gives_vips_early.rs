//! `gives-vips-early`: a zone gives the address of a service that is no more to the next that comes. Broken: S6.
use super::{Sabotage, ZoneActor, taken};
use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{
    Emit, Out, Step,
    names::ServiceId,
    node::{ObservationChange, VipState, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `gives-vips-early`.
#[derive(Debug, Default)]
pub(super) struct GivesVipsEarly {
    given: BTreeMap<ServiceId, Ipv4Addr>,
    released: Vec<Ipv4Addr>,
}

impl Sabotage for GivesVipsEarly {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Observed(ObservationChange::Vip { service, vip }) = &mut emit {
                match (vip.as_ref(), self.released.first().copied()) {
                    (None, _) => self.released.extend(self.given.remove(service)),
                    (Some(_), Some(address)) => {
                        self.released.remove(0);
                        *vip = Some(VipState::Given(address));
                        self.given.insert(service.clone(), address);
                    }
                    (Some(VipState::Given(address)), None) => _ = self.given.insert(service.clone(), *address),
                    (Some(VipState::Exhausted), None) => {}
                }
            }
            out.push(emit);
        }
    }
}
