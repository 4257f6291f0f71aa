//! `rests-by-the-wall-clock`: a zone takes an address for rested once its wall clock has gone on for so long, and gives it to who waits. Broken: S6.
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
    time::{Now, Wall},
    vip::RELEASED_FOR,
};

/// `rests-by-the-wall-clock`.
#[derive(Debug, Default)]
pub(super) struct RestsByTheWallClock {
    given: BTreeMap<ServiceId, Ipv4Addr>,
    waiting: BTreeSet<ServiceId>,
    released: Vec<(Wall, Ipv4Addr)>,
}

impl Sabotage for RestsByTheWallClock {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for emit in taken(out) {
            if let Emit::Observed(ObservationChange::Vip { service, vip }) = &emit {
                self.waiting.remove(service);
                match vip {
                    None => self.released.extend(self.given.remove(service).map(|address| (now.wall, address))),
                    Some(VipState::Given(address)) => {
                        self.released.retain(|(_, released)| released != address);
                        self.given.insert(service.clone(), *address);
                    }
                    Some(VipState::Exhausted) => _ = self.waiting.insert(service.clone()),
                }
            }
            out.push(emit);
        }
        let rest = u64::try_from(RELEASED_FOR.as_millis()).unwrap_or(u64::MAX);
        let has_rested = |(since, _): &(Wall, Ipv4Addr)| now.wall.0 >= since.0.saturating_add(rest);
        if let Some(at) = self.released.iter().position(has_rested)
            && let Some(service) = self.waiting.pop_first()
        {
            let (_, address) = self.released.remove(at);
            self.given.insert(service.clone(), address);
            out.push(Emit::Observed(ObservationChange::Vip { service, vip: Some(VipState::Given(address)) }));
        }
    }
}
