//! The runner: lets a world advance, carries out the steps of a scenario, and judges after every event.
//!
//! A run: resources are written, then the steps, then every fault is mended and all must converge and fall silent. It ends at the
//! first thing that is wrong.
mod act;
mod asks;
mod author;
mod crash_points;
mod crashes_anywhere;
mod fold;
mod ledger;
mod liveness;
mod nevers;
mod play;
mod prepare;
mod recent;
mod suite;
mod telling;
mod trace;
mod verdict;

pub use asks::{Asks, Counts};
pub(crate) use author::{Author, Live, run_written_by};
pub use crashes_anywhere::Sample;
pub use ledger::{Ledger, Mark};
pub(crate) use suite::run_alone;
pub use suite::{Job, Suite, run_all};
pub use telling::{Listener, Telling, Told};
pub use verdict::{Crash, Failure, Report, Verdict};

use crate::{
    cannot::{Capability, FEW_ZONES, cannot},
    event::NodeId,
    link::Share,
    scenario::{Scenario, StepKind},
    timeline::Recorder,
    world::{Setup, World, WorldKind},
};
use play::Play;
use std::{collections::BTreeSet, num::NonZeroU64, path::PathBuf, time::Instant};
use strait_core::Seed;
use trace::Trace;

/// Makes a world of a kind.
pub type MakeWorld = dyn Fn(WorldKind, &Setup) -> Result<Box<dyn World>, String> + Sync;

/// How to run one scenario.
#[derive(Clone, Debug)]
pub struct Options {
    /// From which everything random follows.
    pub seed: Seed,
    /// A wrong behaviour to inject.
    pub sabotage: Option<String>,
    /// The folder into which to write the step trace.
    pub trace: Option<PathBuf>,
    /// Only this crash point.
    pub crash: Option<Crash>,
    /// Only these invariants are judged, by id; `None`: all.
    pub judged: Option<BTreeSet<String>>,
    /// Hears of each step while the run goes on.
    pub listener: Option<Listener>,
    /// Records what happens, to be drawn.
    pub recorder: Option<Recorder>,
    /// Whom to crash at that point, whatever the scenario says; points are counted from the first step then, and only invariants judge.
    pub crash_of: Option<NodeId>,
    /// Crash each control plane at each point, evenly sampled down to so many runs; only invariants judge.
    pub crashes: Option<NonZeroU64>,
    /// Only invariants judge, and nothing that the scenario itself expects.
    pub only_invariants: bool,
}

impl Options {
    /// The plain way to run: nothing wrong, nothing written, everything judged.
    pub fn new(seed: Seed) -> Self {
        Self {
            seed,
            sabotage: None,
            trace: None,
            crash: None,
            judged: None,
            listener: None,
            recorder: None,
            crash_of: None,
            crashes: None,
            only_invariants: false,
        }
    }
}

/// Runs one scenario in one world.
pub fn run(scenario: &Scenario, world: WorldKind, options: &Options, make: &MakeWorld) -> Report {
    let begun = Instant::now();
    let mut report = match impossible(scenario, world, options) {
        Some(why) => Report::skipped(scenario, world, options, why),
        None if options.crashes.is_some() => crashes_anywhere::run(scenario, world, options, make),
        None if options.crash_of.is_some() => crashes_anywhere::one(scenario, world, options, make),
        None if scenario.crash_points.is_some() && options.crash.is_none() => crash_points::run(scenario, world, options, make),
        None => run_once(scenario, world, options, options.crash, make),
    };
    report.took = begun.elapsed();
    report
}

/// What the world cannot do, of what the scenario needs.
fn impossible(scenario: &Scenario, world: WorldKind, options: &Options) -> Option<String> {
    let verbs = scenario.steps.iter().filter_map(|step| if let StepKind::Do { verb, .. } = &step.what { verb.needs() } else { None });
    let crashes = scenario.crash_points.is_some() || options.crashes.is_some() || options.crash_of.is_some();
    let points = crashes.then_some(Capability::CrashPoints);
    let ahead = scenario.links.values().filter(|link| link.reorder > Share(0)).map(|_| Capability::Reorder);
    let many = (scenario.zones.len() > FEW_ZONES).then_some(Capability::ManyZones);
    verbs.chain(points).chain(ahead).chain(many).find_map(|needed| cannot(world, needed)).map(str::to_owned)
}

/// Who records a run that begins.
fn recorder(scenario: &Scenario, options: &Options, report: &Report) -> Option<Recorder> {
    let recorder = options.recorder.clone()?;
    recorder.begins(scenario, report);
    Some(recorder)
}

/// One run from beginning to end.
fn run_once(scenario: &Scenario, world: WorldKind, options: &Options, crash: Option<Crash>, make: &MakeWorld) -> Report {
    let setup = scenario.setup(options.seed, options.sabotage.as_deref());
    let mut report = Report::new(scenario, world, options, crash);
    let trace = match Trace::begin(options.trace.as_deref(), &report.stem()) {
        Ok(trace) => trace,
        Err(why) => return report.broken_off(why),
    };
    let made = match make(world, &setup) {
        Ok(made) => made,
        Err(why) => return report.broken_off(why),
    };
    let mut play = Play::new(scenario, made, &setup, crash, trace).judging(options.judged.as_ref()).told_to(options.listener.clone());
    play.recorder = recorder(scenario, options, &report);
    play.only_invariants = options.only_invariants || scenario.under_traffic;
    if let Err(failure) = play.perform().and_then(|()| if options.crash.is_some() { play.must_have_crashed() } else { Ok(()) }) {
        report.verdict = Verdict::Failed(failure);
    }
    play.finish(&mut report);
    report
}
