//! Many runs, side by side, each on a thread of its own.
use super::{MakeWorld, Options, Report, Verdict, run};
use crate::{scenario::Scenario, world::WorldKind};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// If more fail, it is not for want of time.
const MOST_AGAIN: usize = 8;

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

/// Runs everything, so many at a time: first all that is simulated, then all that runs in real time. `done` hears of each run as it ends, whatever the
/// order; the reports come back in order.
pub fn run_all(suite: &Suite, side_by_side: &dyn Fn(WorldKind) -> usize, make: &MakeWorld, done: &(dyn Fn(&Report) + Sync)) -> Vec<Report> {
    let reports: Mutex<Vec<Option<Report>>> = Mutex::new(suite.jobs.iter().map(|_| None).collect());
    let (real, simulated): (Vec<usize>, Vec<usize>) = (0..suite.jobs.len()).partition(|job| suite.jobs[*job].world == WorldKind::Netns);
    for jobs in [simulated, real].into_iter().filter(|jobs| !jobs.is_empty()) {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..side_by_side(suite.jobs[jobs[0]].world).clamp(1, jobs.len()) {
                scope.spawn(|| {
                    while let Some(index) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let job = &suite.jobs[*index];
                        let report = alone(&suite.scenarios[job.scenario], job, make);
                        done(&report);
                        reports.lock().unwrap_or_else(PoisonError::into_inner)[*index] = Some(report);
                    }
                });
            }
        });
    }
    let mut reports: Vec<Report> = reports.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect();
    again_alone(suite, &mut reports, make);
    reports
}

/// What runs in real time has bounds that a busy machine may not hold. What failed beside others is run once more, alone, and only what fails then too has
/// failed; what it failed by before is kept, and shown.
fn again_alone(suite: &Suite, reports: &mut [Report], make: &MakeWorld) {
    let is_real = |job: &Job| job.world == WorldKind::Netns;
    let ran_beside_others = suite.jobs.iter().filter(|job| is_real(job)).count() > 1;
    let failed: Vec<usize> =
        (0..reports.len()).filter(|index| is_real(&suite.jobs[*index]) && matches!(reports[*index].verdict, Verdict::Failed(_))).collect();
    if !ran_beside_others || failed.len() > MOST_AGAIN {
        return;
    }
    for index in failed {
        let job = &suite.jobs[index];
        let mut again = alone(&suite.scenarios[job.scenario], job, make);
        if let (Verdict::Passed, Verdict::Failed(before)) = (&again.verdict, &reports[index].verdict) {
            again.failed_beside_others = Some(before.clone());
            reports[index] = again;
        }
    }
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
