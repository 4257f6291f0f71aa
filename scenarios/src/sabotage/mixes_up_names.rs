//! `mixes-up-names`: a zone tells its proxies that the names of services lead to each other's addresses. Broken: S14.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
    resource::ZoneName,
    time::Now,
};

/// `mixes-up-names`.
#[derive(Debug, Default)]
pub(super) struct MixesUpNames;

impl Sabotage for MixesUpNames {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
                    if let Part::Names(names) = part {
                        let mut addresses: Vec<_> = names.addresses.values().copied().collect();
                        let by = 1.min(addresses.len());
                        addresses.rotate_left(by);
                        names.addresses.values_mut().zip(addresses).for_each(|(address, other)| *address = other);
                    }
                }
            }
            out.push(emit);
        }
    }
}
