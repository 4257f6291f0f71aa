//! `serves-once`: a zone tells a proxy its plan when it connects for the first time, and nothing when it comes again. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Out, Step,
    node::{FromProxy, ProxySession, ToProxy, ZoneEffect, ZoneInput},
    resource::{MeshName, ResourceName, ZoneName},
    time::Now,
};

/// `serves-once`.
#[derive(Debug, Default)]
pub(super) struct ServesOnce {
    who: BTreeMap<ProxySession, (Option<MeshName>, ResourceName)>,
    /// On which connection each was told something; on those that it had before, it was refused.
    served: BTreeMap<(Option<MeshName>, ResourceName), ProxySession>,
}

impl Sabotage for ServesOnce {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Proxy(session, FromProxy::Opened { mesh, name, .. })) = &step {
            self.who.insert(*session, (mesh.clone(), name.clone()));
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            let told = match &emit {
                Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(_))) => self.who.get(session).map(|who| (*session, who.clone())),
                _ => None,
            };
            let is_again = told.is_some_and(|(session, who)| *self.served.entry(who).or_insert(session) != session);
            if !is_again {
                out.push(emit);
            }
        }
    }
}
