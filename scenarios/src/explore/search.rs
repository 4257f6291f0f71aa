//! A search: many cases side by side, each the same whatever runs beside it.
use super::{
    case::Case,
    marks::{Coverage, Marks},
    regression::{self, Origin},
    run::{Explored, Judged, explore_case},
    shrink::shrink,
    timeline,
};
use crate::{
    runner::{Failure, MakeWorld, Report},
    timeline::Timeline,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};
use strait_core::Seed;

/// What to search.
#[derive(Clone, Debug)]
pub struct Search {
    /// From which the seed of each case follows.
    pub seed: Seed,
    /// The number of the first case.
    pub first: u64,
    /// How many cases; `None`: until the time is up.
    pub cases: Option<u64>,
    /// For how long at most.
    pub lasting: Option<Duration>,
    /// How many run side by side.
    pub jobs: usize,
    /// How cases are run, and what is judged.
    pub judged: Judged,
    /// Ends with the first failure.
    pub until_found: bool,
    /// The folder in which failures are written; `None`: they are not.
    pub regressions: Option<PathBuf>,
    /// The version of this program.
    pub version: String,
}

/// A failure, shrunk.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which case.
    pub number: u64,
    /// From which seed.
    pub seed: Seed,
    /// How many operations it had, and has left.
    pub ops: (usize, usize),
    /// How many runs it took to shrink it.
    pub runs: usize,
    /// What broke in the shrunk case.
    pub failure: Failure,
    /// How the shrunk case went.
    pub report: Report,
    /// The shrunk case as a scenario.
    pub written: String,
    /// Its file, or why it could not be written; `None`: it was not to be.
    pub file: Option<Result<PathBuf, String>>,
    /// What happened in it.
    pub timeline: Option<Timeline>,
    /// That as a page beside its file, or why it could not be written.
    pub picture: Option<Result<PathBuf, String>>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many cases were run.
    pub cases: u64,
    /// How many broke each invariant, and the first few of them.
    pub broken: BTreeMap<String, Vec<u64>>,
    /// The first case that broke each invariant.
    pub findings: Vec<Finding>,
    /// What was reached.
    pub coverage: Coverage,
    /// Protocol time of all cases.
    pub simulated: Duration,
    /// Time that passed outside.
    pub took: Duration,
    /// How it ended.
    pub ended: Ended,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All cases were run.
    Done,
    /// The time was up.
    TimeUp,
    /// Something was found, and that was enough.
    Found,
    /// Somebody stopped it.
    Interrupted,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Cases that were run.
    pub cases: u64,
    /// Marks that were reached.
    pub reached: usize,
    /// Invariants that were broken.
    pub broken: usize,
}

impl Search {
    /// The seed of one case.
    pub fn case_seed(&self, number: u64) -> Seed {
        self.seed.fork(&format!("case {number}"))
    }

    fn is_over(&self, begun: Instant) -> bool {
        self.lasting.is_some_and(|lasting| begun.elapsed() >= lasting)
    }
}

/// Runs cases until there are no more, the time is up, or `stop` is set. Cases are judged in their order, so that what is found depends on
/// the seed alone.
pub fn search(search: &Search, make: &MakeWorld, stop: &AtomicBool, progress: &dyn Fn(Progress)) -> Outcome {
    let begun = Instant::now();
    let (next, enough) = (AtomicU64::new(search.first), AtomicBool::new(false));
    let end = search.cases.map_or(u64::MAX, |cases| search.first.saturating_add(cases));
    let (tell, told) = mpsc::channel::<(u64, Explored)>();
    let mut found = Found::new(search, make);
    thread::scope(|scope| {
        for _ in 0..search.jobs.max(1) {
            let (tell, next, enough) = (tell.clone(), &next, &enough);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) && !enough.load(Ordering::Relaxed) && !search.is_over(begun) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        break;
                    }
                    let explored = explore_case(&Case::draw(search.case_seed(number)), &search.judged, make);
                    if tell.send((number, explored)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(tell);
        let (mut early, mut due) = (BTreeMap::new(), search.first);
        for (number, explored) in told {
            early.insert(number, explored);
            while let Some(explored) = early.remove(&due) {
                if !enough.load(Ordering::Relaxed) {
                    found.take(due, explored);
                    progress(found.progress());
                }
                if search.until_found && !found.outcome.findings.is_empty() {
                    enough.store(true, Ordering::Relaxed);
                }
                due += 1;
            }
        }
    });
    let mut outcome = found.outcome;
    outcome.took = begun.elapsed();
    outcome.ended = if search.until_found && !outcome.findings.is_empty() {
        Ended::Found
    } else if stop.load(Ordering::Relaxed) {
        Ended::Interrupted
    } else if search.cases.is_some_and(|cases| outcome.cases >= cases) {
        Ended::Done
    } else {
        Ended::TimeUp
    };
    outcome
}

/// What was found so far.
struct Found<'a> {
    search: &'a Search,
    make: &'a MakeWorld,
    outcome: Outcome,
}

impl<'a> Found<'a> {
    fn new(search: &'a Search, make: &'a MakeWorld) -> Self {
        let outcome = Outcome {
            cases: 0,
            broken: BTreeMap::new(),
            findings: Vec::new(),
            coverage: Coverage::default(),
            simulated: Duration::ZERO,
            took: Duration::ZERO,
            ended: Ended::Done,
        };
        Self { search, make, outcome }
    }

    fn progress(&self) -> Progress {
        let reached = self.outcome.coverage.cases().filter(|(_, cases)| *cases > 0).count();
        Progress { cases: self.outcome.cases, reached, broken: self.outcome.broken.len() }
    }

    fn take(&mut self, number: u64, explored: Explored) {
        self.outcome.cases += 1;
        self.outcome.simulated += explored.report.simulated;
        self.count(explored.marks);
        let Some(failure) = explored.report.failure().cloned() else {
            return;
        };
        let cases = self.outcome.broken.entry(failure.id.clone()).or_default();
        cases.push(number);
        if cases.len() == 1 {
            let finding = self.shrunk(number, explored, failure);
            self.outcome.findings.push(finding);
        }
    }

    fn count(&mut self, marks: Marks) {
        self.outcome.coverage.add(marks);
    }

    fn shrunk(&self, number: u64, explored: Explored, first: Failure) -> Finding {
        let whole = Case::draw(self.search.case_seed(number));
        let (case, explored, runs) = shrink(&whole, explored, &self.search.judged, self.make);
        let judged = &self.search.judged;
        let origin = Origin {
            command: format!("strait explore --seed {} --first {number} --cases 1", self.search.seed),
            version: &self.search.version,
            world: judged.world.to_string(),
            sabotage: judged.sabotage.as_deref(),
        };
        let file =
            self.search.regressions.as_ref().map(|folder| {
                regression::write(folder, &case, &explored, &origin).map_err(|error| format!("{}: {error}", folder.display()))
            });
        let failure = explored.report.failure().cloned();
        let mut finding = Finding {
            number,
            seed: case.seed,
            ops: (whole.ops.len(), case.ops.len()),
            runs,
            failure: failure.unwrap_or(first),
            written: explored.written("found", "Exploration found this."),
            report: explored.report,
            file,
            timeline: None,
            picture: None,
        };
        finding.timeline = timeline::record(&finding, &self.search.judged, self.make);
        finding.picture = timeline::write(&finding);
        finding
    }
}
