//! A search: many cases side by side, each the same whatever runs beside it.
use super::{
    case::Case,
    guide::{Guide, Guides, ROUND},
    marks::{Coverage, Marks},
    regression::{self, Origin},
    run::{Explored, Judged, explore_case},
    shrink::shrink,
    timeline,
};
use crate::{
    language::Venue,
    runner::{Failure, MakeWorld, Report},
    timeline::Timeline,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
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
    /// Of which cases.
    pub source: Source,
    /// Whether every other case is made of those that got far, once there are some. Else each follows from its number alone.
    pub guided: bool,
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

/// Of which cases something is searched.
#[derive(Clone, Debug)]
pub enum Source {
    /// Of all that can be drawn.
    Drawn,
    /// Of those on what a user brought.
    Brought {
        /// What they brought.
        venue: Arc<Venue>,
        /// By which words of a command line.
        words: String,
    },
}

impl Source {
    /// What must never hold, by name.
    fn nevers(&self) -> impl Iterator<Item = &str> {
        let all = if let Self::Brought { venue, .. } = self { venue.scenario.never.as_slice() } else { &[] };
        all.iter().filter_map(|never| never.called.as_deref())
    }

    /// The case of a seed.
    pub fn case(&self, seed: Seed) -> Case {
        match self {
            Self::Drawn => Case::draw(seed),
            Self::Brought { venue, .. } => Case::on(venue, seed),
        }
    }
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
    /// How many broke each invariant, or each thing that must never hold, and the first few of them.
    pub broken: BTreeMap<String, Vec<u64>>,
    /// The first case that broke each invariant.
    pub findings: Vec<Finding>,
    /// What was reached.
    pub coverage: Coverage,
    /// In how many cases each thing that must never hold was looked at, and did not.
    pub kept: BTreeMap<String, u64>,
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

    /// One case.
    pub fn case(&self, number: u64) -> Case {
        self.source.case(self.case_seed(number))
    }

    /// The command that runs one case again: alone, if it follows from its number.
    pub fn command(&self, number: u64) -> String {
        let mut command = "strait explore".to_owned();
        if let Source::Brought { words, .. } = &self.source {
            command.push_str(&format!(" {words}"));
        }
        let first = if self.is_bred(number) { self.first } else { number };
        command.push_str(&format!(" --seed {} --first {first} --cases {}", self.seed, number - first + 1));
        if let Some(judged) = &self.judged.invariants {
            command.push_str(&format!(" --invariants {}", judged.iter().map(String::as_str).collect::<Vec<_>>().join(",")));
        }
        command
    }

    /// The round of a case.
    fn round(&self, number: u64) -> u64 {
        (number - self.first) / ROUND
    }

    /// Whether a case is made of others. What those of the round before reached may not be known yet.
    fn is_bred(&self, number: u64) -> bool {
        self.guided && self.round(number) >= 2 && number % 2 == 1
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
    let (tell, told) = mpsc::channel::<(u64, Arc<Case>, Explored)>();
    let (mut found, guides) = (Found::new(search, make), Guides::default());
    thread::scope(|scope| {
        for _ in 0..search.jobs.max(1) {
            let (tell, next, enough, guides) = (tell.clone(), &next, &enough, &guides);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) && !enough.load(Ordering::Relaxed) && !search.is_over(begun) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        break;
                    }
                    let is_over = || stop.load(Ordering::Relaxed) || enough.load(Ordering::Relaxed);
                    let bred =
                        if search.is_bred(number) { guides.bred(search.round(number), search.case_seed(number), &is_over) } else { None };
                    let case = Arc::new(bred.unwrap_or_else(|| search.case(number)));
                    let explored = explore_case(&case, &search.judged, make);
                    if tell.send((number, case, explored)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(tell);
        let (mut early, mut due) = (BTreeMap::new(), search.first);
        let mut guide = Guide::default();
        for (number, case, explored) in told {
            early.insert(number, (case, explored));
            while let Some((case, explored)) = early.remove(&due) {
                guide.learn(&case, explored.marks);
                if !enough.load(Ordering::Relaxed) {
                    found.take(due, &case, explored);
                    progress(found.progress());
                }
                if search.until_found && !found.outcome.findings.is_empty() {
                    enough.store(true, Ordering::Relaxed);
                }
                due += 1;
                if (due - search.first).is_multiple_of(ROUND) {
                    // Those of the next round are under way.
                    guides.tell(search.round(due) + 1, &guide);
                }
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
            kept: search.source.nevers().map(|called| (called.to_owned(), 0)).collect(),
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

    fn take(&mut self, number: u64, case: &Case, explored: Explored) {
        self.outcome.cases += 1;
        self.outcome.simulated += explored.report.simulated;
        self.count(explored.marks);
        for called in &explored.report.kept {
            *self.outcome.kept.entry(called.clone()).or_default() += 1;
        }
        let Some(failure) = explored.report.failure().cloned() else {
            return;
        };
        let cases = self.outcome.broken.entry(failure.which()).or_default();
        cases.push(number);
        if cases.len() == 1 {
            let finding = self.shrunk(number, case, explored, failure);
            self.outcome.findings.push(finding);
        }
    }

    fn count(&mut self, marks: Marks) {
        self.outcome.coverage.add(marks);
    }

    fn shrunk(&self, number: u64, whole: &Case, explored: Explored, first: Failure) -> Finding {
        let (case, explored, runs) = shrink(whole, explored, &self.search.judged, self.make);
        let judged = &self.search.judged;
        let origin = Origin {
            command: self.search.command(number),
            version: &self.search.version,
            world: judged.world.to_string(),
            sabotage: judged.sabotage.as_deref(),
            judged: judged.invariants.as_ref(),
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
