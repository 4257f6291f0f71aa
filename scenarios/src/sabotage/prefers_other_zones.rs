//! `prefers-other-zones`: a zone tells its proxies to ask other zones first, and its own only when nobody is there. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::sync::Arc;
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::{Endpoint, Part},
    resource::ZoneName,
    time::Now,
};

/// `prefers-other-zones`.
#[derive(Debug)]
pub(super) struct PrefersOtherZones;

impl Sabotage for PrefersOtherZones {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
                    if let Part::Endpoints(endpoints) = part {
                        let endpoints = &mut Arc::make_mut(endpoints).endpoints;
                        let last = endpoints.iter().map(|one| one.priority).max().unwrap_or_default();
                        *endpoints = endpoints.iter().map(|one| Endpoint { priority: last - one.priority, ..*one }).collect();
                    }
                }
            }
            out.push(emit);
        }
    }
}
