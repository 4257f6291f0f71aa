//! `hears-the-refused`: a store whose zone another one speaks for now comes back and is refused, but global takes up again what it had
//! announced. Broken: S2.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange},
    resource::{Key, Origin, Resource, ZoneName},
    time::Now,
};

/// Keeps what zones no longer announce.
#[derive(Debug, Default)]
pub(super) struct HearsTheRefused {
    kept: BTreeMap<ZoneName, BTreeMap<Key, Arc<Resource>>>,
}

impl Sabotage for HearsTheRefused {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let before = node.observe().view.resources.clone();
        node.handle(now, step, out);
        for emit in taken(out) {
            let mut back = BTreeMap::new();
            match &emit {
                Emit::Observed(ObservationChange::Dropped(key)) => {
                    if let Some(gone) = before.get(key).filter(|gone| gone.origin() == Some(Origin::Zone))
                        && let Some(zone) = gone.zone()
                    {
                        self.kept.entry(zone).or_default().insert(key.clone(), Arc::clone(gone));
                    }
                }
                Emit::Observed(ObservationChange::Refused { zone, why }) if why.starts_with("superseded") => {
                    back = self.kept.remove(zone).unwrap_or_default();
                }
                _ => {}
            }
            out.push(emit);
            for again in BTreeMap::into_values(back) {
                out.push(Emit::Observed(ObservationChange::Holds(again)));
            }
        }
    }
}
