//! `keep-tombstones`: what a store remembers of what went is never removed from it. Broken: B4.
use super::{GlobalActor, Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `keep-tombstones`.
#[derive(Debug, Default)]
pub(super) struct KeepTombstones;

impl Sabotage for KeepTombstones {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        keep(out);
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        keep(out);
    }
}

fn keep<E>(out: &mut Out<E>) {
    for mut emit in taken(out) {
        if let Emit::Store(batch) = &mut emit {
            batch.delete.retain(|key| !key.0.starts_with("gone/"));
        }
        out.push(emit);
    }
}
