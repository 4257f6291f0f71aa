//! `believes-stale-lists`: a zone takes every list of its cluster for the lists. Broken: S2.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    kubernetes::News,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// Counts lists: each is said to be of a later version than those before.
#[derive(Debug, Default)]
pub(super) struct BelievesStaleLists {
    lists: u64,
}

impl Sabotage for BelievesStaleLists {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Kubernetes(News::Listed { version, .. })) = &mut step {
            *version = (*version).max(1 << 40) + self.lists;
            self.lists += 1;
        }
        node.handle(now, step, out);
    }
}
