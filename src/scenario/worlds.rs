//! The worlds that scenarios run in, and what they need of this process.
use std::{path::PathBuf, process::ExitCode};
use strait_scenarios::world::{Setup, World, WorldKind};

/// The machine does not let this user make namespaces.
#[cfg(target_os = "linux")]
const CANNOT_ENTER: u8 = 77;

/// Runs this program again in namespaces of its own, if one of the worlds needs that, and this is not that run already. Returns how it ended.
#[cfg(target_os = "linux")]
pub(super) fn enter(on: &[WorldKind]) -> Option<ExitCode> {
    if !on.contains(&WorldKind::Netns) || strait_netns_testbed::is_inside() {
        return None;
    }
    Some(match strait_netns_testbed::reenter() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Err(why) => {
            crate::console::complain(&format!("error: the world `netns` cannot be had here: {why}\n"));
            ExitCode::from(CANNOT_ENTER)
        }
    })
}

/// What runs in `netns` that is not this program.
#[derive(Clone, Debug)]
pub(super) struct Provided {
    /// The control planes; `None`: this program's own.
    pub(super) nodes: Option<PathBuf>,
    /// What stands beside workloads.
    pub(super) envoy: PathBuf,
    /// By what is done what operators of clusters do.
    pub(super) kubectl: Option<PathBuf>,
}

/// A world of this kind.
pub(super) fn make(kind: WorldKind, setup: &Setup, provided: &Provided) -> Result<Box<dyn World>, String> {
    match kind {
        WorldKind::Netns => netns(setup, provided),
        WorldKind::Model | WorldKind::Turmoil => strait_sim::world(kind, setup),
    }
}

#[cfg(target_os = "linux")]
fn netns(setup: &Setup, provided: &Provided) -> Result<Box<dyn World>, String> {
    use strait_netns_testbed::{NetnsWorld, Programs};
    // Not the path that the link leads to: a new build may stand there by now.
    let this = PathBuf::from("/proc/self/exe");
    let nodes = provided.nodes.clone().unwrap_or_else(|| this.clone());
    let programs = Programs { nodes, testbed: this, envoy: provided.envoy.clone(), kubectl: provided.kubectl.clone() };
    Ok(Box::new(NetnsWorld::new(setup, &programs, Box::new(strait_sim::Scale::default()))?))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn enter(_on: &[WorldKind]) -> Option<ExitCode> {
    None
}

#[cfg(not(target_os = "linux"))]
fn netns(_setup: &Setup, _provided: &Provided) -> Result<Box<dyn World>, String> {
    Err("the world `netns` needs Linux".to_owned())
}
