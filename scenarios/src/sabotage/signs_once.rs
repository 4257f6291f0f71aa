//! `signs-once`: a zone has a certificate signed for each proxy when it comes, and never again. Broken: L5.
use super::{Sabotage, ZoneActor, taken};
use std::collections::BTreeSet;
use strait_core::{
    Emit, Out, Step,
    node::{Issue, ProxySession, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `signs-once`.
#[derive(Debug, Default)]
pub(super) struct SignsOnce {
    signed: BTreeSet<ProxySession>,
}

impl Sabotage for SignsOnce {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for emit in taken(out) {
            let is_again = match &emit {
                Emit::Effect(ZoneEffect::Issue(Issue::Certificate { session, .. })) => !self.signed.insert(*session),
                _ => false,
            };
            if !is_again {
                out.push(emit);
            }
        }
    }
}
