//! `serves-once`: a zone tells a proxy its plan when it connects for the first time, and nothing when it comes again. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit, Out, Step,
    node::{FromProxy, ProxySession, ToProxy, ZoneEffect, ZoneInput},
    resource::{MeshName, ResourceName, ZoneName},
    time::Now,
};

/// `serves-once`.
#[derive(Debug, Default)]
pub(super) struct ServesOnce {
    first: BTreeMap<(Option<MeshName>, ResourceName), ProxySession>,
    again: BTreeSet<ProxySession>,
}

impl Sabotage for ServesOnce {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Proxy(session, FromProxy::Opened { mesh, name, .. })) = &step
            && *self.first.entry((mesh.clone(), name.clone())).or_insert(*session) != *session
        {
            self.again.insert(*session);
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            let is_news = matches!(&emit, Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(_))) if self.again.contains(session));
            if !is_news {
                out.push(emit);
            }
        }
    }
}
