//! Many runs, side by side, each on a thread of its own.
use super::{MakeWorld, Options, Report, run};
use crate::{scenario::Scenario, world::WorldKind};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Job {
    /// What.
    pub scenario: usize,
    /// Where.
    pub world: WorldKind,
    /// How.
    pub options: Options,
}

/// Scenarios, and what is to be run of them.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// All scenarios.
    pub scenarios: Vec<Scenario>,
    /// All runs, in the order in which they are reported.
    pub jobs: Vec<Job>,
}

/// Runs everything, so many at a time. `done` hears of each run as it ends, whatever the order; the reports come back in order.
pub fn run_all(suite: &Suite, side_by_side: usize, make: &MakeWorld, done: &(dyn Fn(&Report) + Sync)) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let reports: Mutex<Vec<Option<Report>>> = Mutex::new(suite.jobs.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..side_by_side.clamp(1, suite.jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some((index, job)) = take(&next, &suite.jobs) {
                    let report = alone(&suite.scenarios[job.scenario], job, make);
                    done(&report);
                    reports.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(report);
                }
            });
        }
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

fn take<'a>(next: &AtomicUsize, jobs: &'a [Job]) -> Option<(usize, &'a Job)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(index).map(|job| (index, job))
}

/// A run on a fresh thread: nothing that a thread keeps goes from one run to another. A panic is a failure of that run.
fn alone(scenario: &Scenario, job: &Job, make: &MakeWorld) -> Report {
    let name = format!("{} in {}", scenario.name, job.world);
    run_alone(&name, || run(scenario, job.world, &job.options, make))
        .unwrap_or_else(|why| Report::panicked(scenario, job.world, &job.options, &why))
}

/// Runs something on a fresh thread of that name. If it panics, says with what words.
pub(crate) fn run_alone<T: Send>(name: &str, run_it: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| match thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, run_it) {
        Ok(handle) => handle.join().map_err(|panic| in_words(panic.as_ref())),
        Err(error) => Err(error.to_string()),
    })
}

fn in_words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message").to_owned()
}
