//! What a user brought, tried alone: before anything is drawn it must be possible, and what its steps expect must come.
use super::{
    case::Case,
    run::{Judged, explore_case},
};
use crate::{
    cannot::{Capability, FEW_ZONES, cannot},
    language::Venue,
    runner::MakeWorld,
    world::WorldKind,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use strait_core::Seed;

/// More zones than this no search gets through.
const MOST_ZONES: usize = 64;
/// Nor more workloads.
const MOST_WORKLOADS: usize = 200;
/// What fails by itself, and is not what is searched for.
const OWN_FAULTS: [&str; 4] = ["run", "step", "expect", "world"];

/// Runs it once with nothing drawn. Returns how long that took.
///
/// # Errors
/// It is too large for this world, or something in it does not work: what, and what is allowed.
pub fn rehearse(venue: &Arc<Venue>, judged: &Judged, seed: Seed, make: &MakeWorld) -> Result<Duration, String> {
    is_possible(venue, judged.world)?;
    let begun = Instant::now();
    let explored = explore_case(&Case::bare(venue, seed), judged, make);
    match explored.report.failure().filter(|failure| OWN_FAULTS.contains(&failure.id.as_str())) {
        Some(failure) => {
            let which = failure.step.map_or_else(String::new, |(number, _)| format!("step {number}: "));
            Err(format!("it fails before anything is drawn: {which}{} {}: {}: {}", failure.id, failure.slug, failure.node, failure.what))
        }
        None => Ok(begun.elapsed()),
    }
}

fn is_possible(venue: &Venue, world: WorldKind) -> Result<(), String> {
    if world == WorldKind::Netns {
        return Err("exploration needs a simulated world: `model` or `turmoil`".to_owned());
    }
    let most = if cannot(world, Capability::ManyZones).is_some() { FEW_ZONES } else { MOST_ZONES };
    let (zones, workloads) = venue.size();
    if zones > most {
        return Err(format!("it has {zones} zones; in `{world}` at most {most} are explored"));
    }
    if workloads > MOST_WORKLOADS {
        return Err(format!("it has {workloads} workloads; at most {MOST_WORKLOADS} are explored"));
    }
    Ok(())
}
