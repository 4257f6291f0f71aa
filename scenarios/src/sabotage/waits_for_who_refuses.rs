//! `waits-for-who-refuses`: while one of its proxies refuses something, a zone tells the others nothing. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::collections::BTreeSet;
use strait_core::{
    Emit, Out, Step,
    node::{FromProxy, ProxySession, ToProxy, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `waits-for-who-refuses`.
#[derive(Debug, Default)]
pub(super) struct WaitsForWhoRefuses {
    refusing: BTreeSet<ProxySession>,
    kept_back: Vec<Emit<ZoneEffect>>,
}

impl Sabotage for WaitsForWhoRefuses {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        match &step {
            Step::Input(ZoneInput::Proxy(session, FromProxy::Refused { .. })) => _ = self.refusing.insert(*session),
            Step::Input(ZoneInput::Proxy(session, FromProxy::Took { .. } | FromProxy::Closed)) => _ = self.refusing.remove(session),
            _ => {}
        }
        node.handle(now, step, out);
        let emits = taken(out);
        if self.refusing.is_empty() {
            self.kept_back.drain(..).for_each(|emit| out.push(emit));
        }
        for emit in emits {
            match &emit {
                Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(_)))
                    if !self.refusing.is_empty() && !self.refusing.contains(session) =>
                {
                    self.kept_back.push(emit);
                }
                _ => out.push(emit),
            }
        }
    }
}
