//! `ignore-store-failure`: what the store refused is taken for stored, as by a program that syncs again and is told that all is well.
//! Broken: S8.
use super::{GlobalActor, Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Lsn, Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `ignore-store-failure`.
#[derive(Debug, Default)]
pub(super) struct IgnoreStoreFailure {
    submitted: Lsn,
}

impl IgnoreStoreFailure {
    fn misunderstood<I>(&self, step: Step<I>) -> Step<I> {
        match step {
            Step::StoreFailed { .. } => Step::Stored { upto: self.submitted },
            other => other,
        }
    }

    fn note<E>(&mut self, out: &mut Out<E>) {
        for emit in taken(out) {
            if let Emit::Store(batch) = &emit {
                self.submitted = batch.lsn;
            }
            out.push(emit);
        }
    }
}

impl Sabotage for IgnoreStoreFailure {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, self.misunderstood(step), out);
        self.note(out);
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, self.misunderstood(step), out);
        self.note(out);
    }
}
