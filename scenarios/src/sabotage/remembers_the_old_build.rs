//! `remembers-the-old-build`: global goes by what the first process of a zone understood, whatever a later one says. Broken: L1.
use super::{GlobalActor, Sabotage, ignores_features::hello_of};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::ZoneName,
    time::Now,
};

/// `remembers-the-old-build`.
#[derive(Debug, Default)]
pub(super) struct RemembersTheOldBuild {
    said: BTreeMap<ZoneName, BTreeSet<String>>,
}

impl Sabotage for RemembersTheOldBuild {
    fn global(&mut self, node: &mut GlobalActor, now: Now, mut step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Some(hello) = hello_of(&mut step) {
            hello.features = self.said.entry(hello.zone.clone()).or_insert_with(|| hello.features.clone()).clone();
        }
        node.handle(now, step, out);
    }
}
