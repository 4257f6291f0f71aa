//! The invariants about positions over all that happened. Those about resources are tested elsewhere.
use super::script::*;
use strait_core::time::Mono;
use strait_scenarios::{
    event::Event,
    invariants::{self, Broken},
    world::Setup,
};

/// The first invariant that broke in a script, if one did.
pub(crate) fn first_broken(setup: &Setup, script: &Script) -> Option<(&'static str, Broken)> {
    first_broken_by(setup, &script.events, script.world.now())
}

/// The first invariant that broke by these events, if one did.
pub(crate) fn first_broken_by(setup: &Setup, events: &[Event], now: Mono) -> Option<(&'static str, Broken)> {
    let mut all = invariants::all(setup);
    all.retain(|invariant| matches!(invariant.id(), "S3" | "S8" | "S9" | "L4"));
    for event in events {
        for invariant in &mut all {
            if let Err(broken) = invariant.see(event) {
                return Some((invariant.id(), broken));
            }
        }
    }
    all.iter_mut().find_map(|invariant| invariant.at_end(now).err().map(|broken| (invariant.id(), broken)))
}
