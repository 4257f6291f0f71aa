//! Every invariant, fed with everything that happened.
use std::collections::{BTreeMap, BTreeSet};
use strait_scenarios::{
    event::Event,
    invariants::{self, Broken},
    world::Setup,
};

/// What each invariant first had to say about a run, by its id.
pub(crate) fn verdicts(setup: &Setup, events: &[Event]) -> BTreeMap<&'static str, Broken> {
    let mut broken = BTreeMap::new();
    for mut invariant in invariants::all(setup) {
        if let Err(why) = events.iter().try_for_each(|event| invariant.see(event)) {
            broken.insert(invariant.id(), why);
        }
    }
    broken
}

/// The invariants of resources that were broken. Those of positions may break with them.
pub(crate) fn broken(setup: &Setup, events: &[Event]) -> BTreeSet<&'static str> {
    verdicts(setup, events).into_keys().filter(|id| matches!(*id, "S1" | "S2" | "S4" | "S5" | "S11")).collect()
}
