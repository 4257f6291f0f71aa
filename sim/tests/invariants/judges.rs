//! Every invariant, fed with everything that happened.
use super::script::Script;
use std::collections::{BTreeMap, BTreeSet};
use strait_scenarios::{
    invariants::{self, Broken},
    world::Setup,
};

/// What each invariant first had to say about a run, by its id.
pub(crate) fn verdicts(setup: &Setup, script: &Script) -> BTreeMap<&'static str, Broken> {
    let mut broken = BTreeMap::new();
    for mut invariant in invariants::all(setup) {
        if let Err(why) = script.events.iter().try_for_each(|event| invariant.see(event)) {
            broken.insert(invariant.id(), why);
        }
    }
    broken
}

/// The invariants of resources that were broken.
pub(crate) fn broken(setup: &Setup, script: &Script) -> BTreeSet<&'static str> {
    verdicts(setup, script).into_keys().collect()
}
