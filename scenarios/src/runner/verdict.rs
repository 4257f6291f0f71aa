//! How a run went.
use super::{Options, crashes_anywhere::Sample};
use crate::{
    event::NodeId,
    meters::Meters,
    scenario::Scenario,
    world::{Unstored, WorldKind},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};
use strait_core::{Seed, time::Mono};

/// How one scenario went in one world.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name.
    pub scenario: String,
    /// Where it was read from.
    pub file: PathBuf,
    /// In which world.
    pub world: WorldKind,
    /// From which seed.
    pub seed: Seed,
    /// The wrong behaviour that was injected.
    pub sabotage: Option<String>,
    /// The invariants that were judged, by id; `None`: all.
    pub judged: Option<BTreeSet<String>>,
    /// Where a process was crashed.
    pub crash: Option<Crash>,
    /// Whose process, if not whose the scenario's crash points are of.
    pub crash_of: Option<NodeId>,
    /// Of how many crash points this is the sum.
    pub sample: Option<Sample>,
    /// How many emits each control plane had in the steps.
    pub emits: BTreeMap<NodeId, u64>,
    /// Workloads asked each other beside what the scenario does.
    pub under_traffic: bool,
    /// How it went.
    pub verdict: Verdict,
    /// By what it failed while others ran beside it; alone it passed. In real time only.
    pub failed_beside_others: Option<Box<Failure>>,
    /// Protocol time that passed.
    pub simulated: Duration,
    /// Time that passed outside.
    pub took: Duration,
    /// Things that happened.
    pub events: u64,
    /// What it cost.
    pub cost: Meters,
    /// Whether the crash that was injected came.
    pub crashed: bool,
    /// Runs that it took: one, or one for each crash point.
    pub runs: u64,
    /// In which order zones converged when nothing was done to them any more.
    pub converged: Vec<NodeId>,
    /// What must never hold, was looked at and did not: by name.
    pub kept: BTreeSet<String>,
    /// The hash of everything that happened, in order.
    pub trace: String,
}

/// A crash to inject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Crash {
    /// After which emit, counted from 1 in the scenario's crash window.
    pub after: u64,
    /// What becomes of what was not stored.
    pub disk: Unstored,
}

/// How it went.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should.
    Failed(Box<Failure>),
    /// Not run, and why.
    Skipped(String),
}

/// What went wrong, so that an engineer sees it without replaying.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Which invariant: `S4`; `expect`, `never` or `step` for the scenario's own.
    pub id: String,
    /// What it says: `no-resurrection`, or the condition.
    pub slug: String,
    /// When, in milliseconds of protocol time.
    pub at: Mono,
    /// Which step was under way: its number, from 1, and its line in the file.
    pub step: Option<(usize, usize)>,
    /// Where.
    pub node: String,
    /// What.
    pub what: String,
    /// What happened just before.
    pub recent: Vec<String>,
}

impl Report {
    /// Counts in what one more run of the same scenario took.
    pub(super) fn takes_in(&mut self, one: &Self) {
        self.runs += 1;
        self.simulated += one.simulated;
        self.events += one.events;
        self.cost.add(&one.cost);
    }

    pub(super) fn new(scenario: &Scenario, world: WorldKind, options: &Options, crash: Option<Crash>) -> Self {
        Self {
            scenario: scenario.name.clone(),
            file: scenario.file.clone(),
            world,
            seed: options.seed,
            sabotage: options.sabotage.clone(),
            judged: options.judged.clone(),
            crash,
            crash_of: options.crash_of.clone(),
            sample: None,
            emits: BTreeMap::new(),
            under_traffic: scenario.under_traffic,
            verdict: Verdict::Passed,
            failed_beside_others: None,
            simulated: Duration::ZERO,
            took: Duration::ZERO,
            events: 0,
            cost: Meters::default(),
            crashed: false,
            runs: 1,
            converged: Vec::new(),
            kept: BTreeSet::new(),
            trace: String::new(),
        }
    }

    pub(super) fn skipped(scenario: &Scenario, world: WorldKind, options: &Options, why: String) -> Self {
        Self { verdict: Verdict::Skipped(why), runs: 0, ..Self::new(scenario, world, options, None) }
    }

    /// The run panicked.
    pub(crate) fn panicked(scenario: &Scenario, world: WorldKind, options: &Options, why: &str) -> Self {
        Self::new(scenario, world, options, options.crash).broken_off(format!("the run panicked: {why}"))
    }

    /// The run could not even begin.
    pub(crate) fn broken_off(self, what: String) -> Self {
        let failure = Failure {
            id: "run".to_owned(),
            slug: "cannot-begin".to_owned(),
            at: Mono(0),
            step: None,
            node: "the world".to_owned(),
            what,
            recent: Vec::new(),
        };
        Self { verdict: Verdict::Failed(Box::new(failure)), ..self }
    }

    /// A name for files about this run.
    pub(super) fn stem(&self) -> String {
        let of = self.crash_of.as_ref().map_or_else(String::new, |who| format!("{who}-"));
        let crash = self.crash.map_or_else(String::new, |crash| format!(".crash-{of}{}", crash.to_argument().replace(':', "-")));
        format!("{}.{}.{}{crash}", self.scenario, self.world, self.seed)
    }

    /// The failure, if there was one.
    pub fn failure(&self) -> Option<&Failure> {
        if let Verdict::Failed(failure) = &self.verdict { Some(failure) } else { None }
    }

    /// The command that runs this again.
    pub fn replay(&self) -> String {
        let mut command = format!("strait scenario run {} --on {} --seed {}", self.file.display(), self.world, self.seed);
        if let Some(crash) = self.crash {
            let of = self.crash_of.as_ref().map_or_else(String::new, |who| format!("{who}:"));
            command.push_str(&format!(" --crash {of}{}", crash.to_argument()));
        }
        if self.under_traffic {
            command.push_str(" --under-traffic");
        }
        if let Some(sabotage) = &self.sabotage {
            command.push_str(&format!(" --sabotage {sabotage}"));
        }
        if let Some(judged) = &self.judged {
            let ids: Vec<&str> = judged.iter().map(String::as_str).collect();
            command.push_str(&format!(" --judge {}", ids.join(",")));
        }
        command
    }
}

impl Crash {
    /// As it is written on the command line: `17:torn`.
    pub fn to_argument(self) -> String {
        let disk = match self.disk {
            Unstored::Kept => "kept",
            Unstored::Torn => "torn",
            Unstored::Lost => "lost",
        };
        format!("{}:{disk}", self.after)
    }
}

impl std::str::FromStr for Crash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a crash point: a number and `kept`, `torn` or `lost`, such as `17:torn`");
        let (after, disk) = text.split_once(':').ok_or_else(wrong)?;
        let disk = match disk {
            "kept" => Unstored::Kept,
            "torn" => Unstored::Torn,
            "lost" => Unstored::Lost,
            _ => return Err(wrong()),
        };
        let after = after.parse().ok().filter(|after| *after > 0).ok_or_else(wrong)?;
        Ok(Self { after, disk })
    }
}

impl Failure {
    /// What broke, so that it can be told from other things that break: an invariant by its id, what must never hold by its name.
    pub fn which(&self) -> String {
        if self.id == "never" { format!("never {}", self.slug) } else { self.id.clone() }
    }

    pub(super) fn of_scenario(id: &str, slug: &str, at: Mono, node: Option<&NodeId>, what: String) -> Box<Self> {
        let node = node.map_or_else(|| "the scenario".to_owned(), ToString::to_string);
        Box::new(Self { id: id.to_owned(), slug: slug.to_owned(), at, step: None, node, what, recent: Vec::new() })
    }
}
