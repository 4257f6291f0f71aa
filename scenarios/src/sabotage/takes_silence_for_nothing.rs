//! `takes-silence-for-nothing`: a zone that starts, and hears nothing of its cluster yet, takes that for a cluster in which nothing is. Broken: S2.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Emit, Out, Step,
    kubernetes::{News, ObjectKind},
    node::{ZoneEffect, ZoneInput},
    resource::{Kind, ZoneName},
    time::Now,
};

/// Knows whether it has begun.
#[derive(Debug, Default)]
pub(super) struct TakesSilenceForNothing {
    has_begun: bool,
}

impl Sabotage for TakesSilenceForNothing {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        // Of a zone that has nothing yet nobody would notice.
        if !std::mem::replace(&mut self.has_begun, true) && node.view().resources.keys().any(|key| key.kind == Kind::dataplane()) {
            let mut emits: Vec<Emit<ZoneEffect>> = Vec::new();
            for kind in ObjectKind::ALL {
                let version = 1 << 40;
                let mut said = Out::new();
                node.handle(now, Step::Input(ZoneInput::Kubernetes(News::Listed { kind, version, objects: Vec::new() })), &mut said);
                emits.extend(said.take());
            }
            emits.into_iter().for_each(|emit| out.push(emit));
        }
        node.handle(now, step, out);
    }
}
