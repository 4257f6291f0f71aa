//! Every invariant, fed with everything that happened.
use std::collections::{BTreeMap, BTreeSet};
use strait_scenarios::{
    event::Event,
    invariants::{Breach, Broken, Judges},
    world::Setup,
};

/// What each invariant first had to say about a run, by its id.
pub(crate) fn verdicts(setup: &Setup, events: &[Event]) -> BTreeMap<&'static str, Broken> {
    let (mut judges, mut scale) = (Judges::new(setup), strait_sim::Scale::default());
    events.iter().flat_map(|event| judges.see(event, &mut scale)).map(|Breach { id, broken, .. }| (id, broken)).collect()
}

/// The invariants of resources that were broken. Those of positions may break with them.
pub(crate) fn broken(setup: &Setup, events: &[Event]) -> BTreeSet<&'static str> {
    verdicts(setup, events).into_keys().filter(|id| matches!(*id, "S1" | "S2" | "S4" | "S5" | "S11")).collect()
}
