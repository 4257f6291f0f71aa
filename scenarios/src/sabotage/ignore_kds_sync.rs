//! `ignore-kds-sync`: a zone announces what its users marked to stay there. Broken: S11.
use super::{Sabotage, ZoneActor, taken};
use std::sync::Arc;
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::{Resource, ZoneName, labels},
    sync::ResponseBody,
    time::Now,
};

/// `ignore-kds-sync`.
#[derive(Debug, Default)]
pub(super) struct IgnoreKdsSync;

impl Sabotage for IgnoreKdsSync {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Response(_, response)) = &mut emit
                && let ResponseBody::Resources { kind, put, .. } = &mut response.body
            {
                let marked = node.observe().view.resources.values().filter(|held| held.kind() == kind && stays(held));
                put.extend(marked.map(Arc::clone));
            }
            out.push(emit);
        }
    }
}

fn stays(resource: &Resource) -> bool {
    resource.labels.get(labels::KDS_SYNC).is_some_and(|sync| sync == "disabled")
}
