//! `keep-removed`: when another store takes the name of a removed zone, global shows again what the earlier one had announced. Broken: S2.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange, Operation},
    resource::{Key, Origin, Resource, ZoneName},
    time::Now,
};

/// Keeps what zones had announced when they were removed.
#[derive(Debug, Default)]
pub(super) struct KeepRemoved {
    kept: BTreeMap<ZoneName, BTreeMap<Key, Arc<Resource>>>,
}

impl Sabotage for KeepRemoved {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Operate { operation: Operation::Remove(zone), .. }) = &step {
            let held = &node.observe().view.resources;
            let announced = held.iter().filter(|(_, held)| held.origin() == Some(Origin::Zone) && held.zone().as_ref() == Some(zone));
            self.kept.insert(zone.clone(), announced.map(|(key, held)| (key.clone(), Arc::clone(held))).collect());
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            let back = match &emit {
                Emit::Observed(ObservationChange::Opened { zone, .. }) => self.kept.remove(zone).unwrap_or_default(),
                _ => BTreeMap::new(),
            };
            out.push(emit);
            for again in back.into_values() {
                out.push(Emit::Observed(ObservationChange::Holds(again)));
            }
        }
    }
}
