//! `gives-vips-early`: a zone gives the address of a service that is no more to the next that comes. Broken: S6.
use super::{Sabotage, ZoneActor, taken};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};
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
    waiting: BTreeSet<ServiceId>,
    released: Vec<Ipv4Addr>,
}

impl Sabotage for GivesVipsEarly {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            let mut also = None;
            if let Emit::Observed(ObservationChange::Vip { service, vip }) = &mut emit {
                self.waiting.remove(service);
                match *vip {
                    None => {
                        self.released.extend(self.given.remove(service));
                        also = self.waiting.first().cloned().filter(|_| !self.released.is_empty());
                    }
                    Some(VipState::Given(address)) if self.released.is_empty() => _ = self.given.insert(service.clone(), address),
                    Some(VipState::Exhausted) if self.released.is_empty() => _ = self.waiting.insert(service.clone()),
                    Some(_) => *vip = Some(self.give(service)),
                }
            }
            out.push(emit);
            if let Some(service) = also {
                self.waiting.remove(&service);
                let vip = Some(self.give(&service));
                out.push(Emit::Observed(ObservationChange::Vip { service, vip }));
            }
        }
    }
}

impl GivesVipsEarly {
    fn give(&mut self, service: &ServiceId) -> VipState {
        let address = self.released.remove(0);
        self.given.insert(service.clone(), address);
        VipState::Given(address)
    }
}
