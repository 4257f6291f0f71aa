//! `ack-before-stored`: as soon as the node submits a batch that removes something, it is told that it is stored. Broken: S8.
use super::{GlobalActor, Sabotage, ZoneActor};
use strait_core::{
    Emit, Lsn, Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `ack-before-stored`.
#[derive(Debug, Default)]
pub(super) struct AckBeforeStored;

impl Sabotage for AckBeforeStored {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        if let Some(upto) = submitted(out) {
            node.handle(now, Step::Stored { upto }, out);
        }
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        if let Some(upto) = submitted(out) {
            node.handle(now, Step::Stored { upto }, out);
        }
    }
}

/// The last batch among what was emitted, if one removes a resource.
fn submitted<E>(out: &mut Out<E>) -> Option<Lsn> {
    let emits = out.take();
    let batches = || emits.iter().filter_map(|emit| if let Emit::Store(batch) = emit { Some(batch) } else { None });
    let removes = batches().flat_map(|batch| &batch.delete).any(|key| key.0.starts_with("own/") || key.0.starts_with("synced/"));
    let last = batches().map(|batch| batch.lsn).max().filter(|_| removes);
    emits.into_iter().for_each(|emit| out.push(emit));
    last
}
