//! `misattribute`: global takes what one zone announces for another's. Broken: S2.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeSet, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange},
    resource::{Origin, ZoneName, labels},
    time::Now,
};

/// Knows which zones there are.
#[derive(Debug, Default)]
pub(super) struct Misattribute {
    zones: BTreeSet<ZoneName>,
}

impl Sabotage for Misattribute {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Opened { zone, .. }) = &step {
            self.zones.insert(zone.clone());
        }
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Observed(ObservationChange::Holds(resource)) = &mut emit
                && resource.origin() == Some(Origin::Zone)
                && let Some(home) = resource.zone()
                && let Some(other) = self.zones.iter().find(|zone| **zone != home)
            {
                Arc::make_mut(resource).labels.insert(labels::ZONE.to_owned(), other.to_string());
            }
            out.push(emit);
        }
    }
}
