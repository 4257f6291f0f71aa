//! `tells-by-halves`: of what is different in its plan a zone tells a proxy half, and the other half when something is different again. Broken: S10.
use super::{Sabotage, ZoneActor, taken};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Out, Step,
    node::{ProxySession, ToProxy, ZoneEffect, ZoneInput},
    plan::{Part, PartName},
    resource::ZoneName,
    time::Now,
};

/// `tells-by-halves`.
#[derive(Debug, Default)]
pub(super) struct TellsByHalves {
    kept_back: BTreeMap<ProxySession, BTreeMap<PartName, Part>>,
}

impl Sabotage for TellsByHalves {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(update))) = &mut emit
                && update.number > 1
            {
                let mut put = self.kept_back.remove(session).unwrap_or_default();
                let half = update.put.len() / 2;
                let later = update.put.split_off(update.put.len() - half);
                update.gone.iter().for_each(|name| _ = put.remove(name));
                put.extend(update.put.drain(..).map(|part| (part.name(), part)));
                later.iter().for_each(|part| _ = put.remove(&part.name()));
                update.put = put.into_values().collect();
                self.kept_back.insert(*session, later.into_iter().map(|part| (part.name(), part)).collect());
            }
            out.push(emit);
        }
    }
}
