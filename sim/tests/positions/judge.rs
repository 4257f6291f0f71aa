//! All invariants over all that happened.
use super::script::*;
use strait_scenarios::{
    invariants::{self, Broken},
    world::Setup,
};

/// The first invariant that broke, if one did.
pub(crate) fn first_broken(setup: &Setup, script: &Script) -> Option<(&'static str, Broken)> {
    let mut all = invariants::all(setup);
    for event in &script.events {
        for invariant in &mut all {
            if let Err(broken) = invariant.see(event) {
                return Some((invariant.id(), broken));
            }
        }
    }
    let now = script.world.now();
    all.iter_mut().find_map(|invariant| invariant.at_end(now).err().map(|broken| (invariant.id(), broken)))
}
