//! The invariants about positions over all that happened. Those about resources are tested elsewhere.
use super::script::*;
use strait_core::time::Mono;
use strait_scenarios::{
    event::Event,
    invariants::{Breach, Broken, Judges},
    world::Setup,
};

/// The first invariant that broke in a script, if one did.
pub(crate) fn first_broken(setup: &Setup, script: &Script) -> Option<(&'static str, Broken)> {
    first_broken_by(setup, &script.events, script.world.now())
}

/// The first invariant that broke by these events, if one did.
pub(crate) fn first_broken_by(setup: &Setup, events: &[Event], now: Mono) -> Option<(&'static str, Broken)> {
    let (mut judges, mut scale) = (Judges::new(setup), strait_sim::Scale::default());
    let during: Vec<Breach> = events.iter().flat_map(|event| judges.see(event, &mut scale)).collect();
    let is_judged = |breach: &Breach| matches!(breach.id, "S3" | "S8" | "S9" | "L4");
    let first = during.into_iter().chain(judges.at_end(now)).find(is_judged);
    first.map(|Breach { id, broken, .. }| (id, broken))
}
