//! `silent-store-failure`: a node whose store failed says nothing of it. Broken: L4.
use super::{GlobalActor, Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `silent-store-failure`.
#[derive(Debug, Default)]
pub(super) struct SilentStoreFailure;

impl Sabotage for SilentStoreFailure {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        hush(out);
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        hush(out);
    }
}

fn hush<E>(out: &mut Out<E>) {
    let said = taken(out).into_iter().filter(|emit| !matches!(emit, Emit::Observed(ObservationChange::StoreFailed(_))));
    said.for_each(|emit| out.push(emit));
}
