//! Making steps while a scenario runs, in view of what is the case by then.
use super::{MakeWorld, Options, Report, Verdict, play::Play, recorder, trace::Trace};
use crate::{
    conditions::Scene,
    event::{Event, NodeId},
    scenario::{Scenario, Step},
    world::{World, WorldKind},
};
use std::time::Instant;
use strait_core::node::{Change, EditRefused};

/// Who makes the steps of a run.
pub(crate) trait Author {
    /// The next step; `None`: there is no further one.
    fn next_step(&mut self, live: &Live<'_>) -> Option<Step>;

    /// Sees everything that happens.
    fn see(&mut self, event: &Event);

    /// An edit, or a decision of an operator (without changes), was refused of which nobody said that it must be. Whether that is right,
    /// and noted.
    fn may_be_refused(&mut self, at: &NodeId, changes: &[Change], why: &EditRefused) -> bool;
}

/// What is the case.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    /// What the nodes let know, and what users have written.
    pub(crate) scene: Scene<'a>,
    /// The links, and the clock.
    pub(crate) world: &'a dyn World,
}

/// Runs what an author makes of a scenario without steps. Only these invariants are judged; `None`: all.
pub(crate) fn run_written_by(
    scenario: &Scenario,
    author: &mut dyn Author,
    world: WorldKind,
    options: &Options,
    make: &MakeWorld,
) -> Report {
    let begun = Instant::now();
    let setup = scenario.setup(options.seed, options.sabotage.as_deref());
    let mut report = Report::new(scenario, world, options, None);
    let made = Trace::begin(options.trace.as_deref(), &report.stem()).and_then(|trace| Ok((trace, make(world, &setup)?)));
    let (trace, made) = match made {
        Ok(made) => made,
        Err(why) => return report.broken_off(why),
    };
    let mut play = Play::new(scenario, made, &setup, None, trace).written_by(author).judging(options.judged.as_ref());
    play.recorder = recorder(scenario, options, &report);
    if let Err(failure) = play.perform() {
        report.verdict = Verdict::Failed(failure);
    }
    play.finish(&mut report);
    report.took = begun.elapsed();
    report
}
