//! Simulated worlds behind Strait's scenario runner.
//!
//! It holds no verbs and judges nothing: those are in `strait-scenarios`. Here is what the nodes run in, and what they run
//! against: links that can be cut, disks that can tear, and a model of Kuma's control planes.
//!
//! The loop of a world: take what happens next, hand it to its node, perform what that caused, put what follows on the agenda.
//! Two runs from one seed are equal, event by event. Panics: only on a bug, in a node or here.
mod build;
mod clock;
mod cluster;
pub mod disk;
pub mod kuma;
pub mod model;
pub mod pipe;
mod proxy;
mod refusals;
mod scale;
pub mod turmoil;

pub use build::Build;
pub use refusals::Refusals;
pub use scale::Scale;
use strait_scenarios::world::{Setup, World, WorldKind};

/// A world of this kind, in which everything has just been started.
///
/// # Errors
/// The kind or something in the setup is not to be had, with the reason.
pub fn world(kind: WorldKind, setup: &Setup) -> Result<Box<dyn World>, String> {
    match kind {
        WorldKind::Model => Ok(Box::new(model::ModelWorld::new(setup)?)),
        WorldKind::Turmoil => Ok(Box::new(turmoil::TurmoilWorld::new(setup)?)),
        WorldKind::Netns => Err("real processes are not simulated".to_owned()),
    }
}
