//! `remembers-the-newest-build`: global goes by all that any process of a zone has ever understood. Broken: S1.
use super::{GlobalActor, Sabotage, ignores_features::hello_of};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::ZoneName,
    time::Now,
};

/// `remembers-the-newest-build`.
#[derive(Debug, Default)]
pub(super) struct RemembersTheNewestBuild {
    said: BTreeMap<ZoneName, BTreeSet<String>>,
}

impl Sabotage for RemembersTheNewestBuild {
    fn global(&mut self, node: &mut GlobalActor, now: Now, mut step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Some(hello) = hello_of(&mut step) {
            let said = self.said.entry(hello.zone.clone()).or_default();
            said.extend(hello.features.iter().cloned());
            hello.features.clone_from(said);
        }
        node.handle(now, step, out);
    }
}
