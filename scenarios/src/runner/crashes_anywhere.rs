//! Crashing every control plane of a scenario that says nothing of crashes: after each of its emits, with each outcome for its disk, from the first step
//! on. Where these are more than there is time for, some of them, evenly spread over all.
//!
//! What a scenario expects holds without a crash that it does not know of; only invariants judge these runs.
use super::{Crash, MakeWorld, Options, Report, Verdict, run_once};
use crate::{
    digest::Digest,
    event::NodeId,
    scenario::{CrashPoints, Scenario},
    world::{Unstored, WorldKind},
};
use rand::RngExt;
use strait_core::sync::Dialect;

const DISKS: [Unstored; 3] = [Unstored::Kept, Unstored::Torn, Unstored::Lost];

/// So many of so many points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// At so many a process was crashed.
    pub ran: u64,
    /// So many there are.
    pub of: u64,
}

/// Runs the scenario once as it is, and then once for each point.
pub(super) fn run(scenario: &Scenario, world: WorldKind, options: &Options, make: &MakeWorld) -> Report {
    let options = Options { only_invariants: true, ..options.clone() };
    let plain = Scenario { crash_points: None, ..scenario.clone() };
    let mut sum = run_once(&plain, world, &options, None, make);
    if sum.failure().is_some() {
        return sum;
    }
    let ours: Vec<(NodeId, u64)> =
        std::mem::take(&mut sum.emits).into_iter().filter(|(who, _)| scenario.dialect(who) == Dialect::Strait).collect();
    let each = DISKS.len() as u64;
    let of = ours.iter().map(|(_, emits)| emits * each).sum::<u64>();
    let ran = options.crashes.map_or(of, |most| most.get().min(of));
    let mut traces = Digest::default();
    traces.add(&sum.trace);
    // Another seed crashes elsewhere.
    let first = if of == 0 { 0 } else { options.seed.fork("crash points").rng().random_range(0..of) };
    for nth in 0..ran {
        let Some((who, crash)) = point(&ours, spread(nth, ran, of, first), nth) else { break };
        let options = Options { crash: Some(crash), crash_of: Some(who), ..options.clone() };
        let one = one(scenario, world, &options, make);
        sum.takes_in(&one);
        traces.add(&one.trace);
        if let Verdict::Failed(_) = one.verdict {
            return Report { simulated: sum.simulated, runs: sum.runs, ..one };
        }
    }
    sum.trace = traces.to_string();
    sum.sample = Some(Sample { ran, of });
    sum
}

/// One such run.
pub(super) fn one(scenario: &Scenario, world: WorldKind, options: &Options, make: &MakeWorld) -> Report {
    let options = Options { only_invariants: true, ..options.clone() };
    let points = options.crash_of.clone().map(|of| CrashPoints { of, disk: Vec::new(), from_the_first_step: true });
    let scenario = Scenario { crash_points: points, ..scenario.clone() };
    let report = run_once(&scenario, world, &options, options.crash, make);
    Report { crash_of: options.crash_of, ..report }
}

/// Which of all points the `nth` of those is that are run.
fn spread(nth: u64, ran: u64, of: u64, first: u64) -> u64 {
    let at = (u128::from(nth) * u128::from(of) + u128::from(first)) / u128::from(ran.max(1));
    u64::try_from(at).unwrap_or(u64::MAX).min(of.saturating_sub(1))
}

/// The point with that number. Neighbours in a sample differ in what becomes of the disk.
fn point(ours: &[(NodeId, u64)], at: u64, nth: u64) -> Option<(NodeId, Crash)> {
    let each = DISKS.len() as u64;
    let mut at = at;
    for (who, emits) in ours {
        if at < emits * each {
            let disk = DISKS[usize::try_from((at + nth) % each).unwrap_or_default()];
            return Some((who.clone(), Crash { after: at / each + 1, disk }));
        }
        at -= emits * each;
    }
    None
}
