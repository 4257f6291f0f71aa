//! `renumbers`: when a service comes, a zone gives another that it knows a new address. Broken: S7.
use super::{Sabotage, ZoneActor, taken};
use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{
    Emit, Out, Step,
    names::ServiceId,
    node::{ObservationChange, VipState, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `renumbers`.
#[derive(Debug, Default)]
pub(super) struct Renumbers {
    given: BTreeMap<ServiceId, Ipv4Addr>,
}

impl Sabotage for Renumbers {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for emit in taken(out) {
            if let Emit::Observed(ObservationChange::Vip { service, vip }) = &emit {
                match vip {
                    Some(VipState::Given(address)) => {
                        if let Some((other, before)) = self.given.iter().next().map(|(other, before)| (other.clone(), *before)) {
                            let renumbered = Ipv4Addr::from(u32::from(before) + (1 << 16));
                            let vip = Some(VipState::Given(renumbered));
                            out.push(Emit::Observed(ObservationChange::Vip { service: other, vip }));
                        }
                        self.given.insert(service.clone(), *address);
                    }
                    _ => _ = self.given.remove(service),
                }
            }
            out.push(emit);
        }
    }
}
