//! Crashing one process after each of its emits, with each outcome for its disk: enumerated, not drawn.
use super::{Crash, MakeWorld, Options, Report, Verdict, run_once};
use crate::{digest::Digest, scenario::Scenario, world::WorldKind};

/// A scenario with more points than this is too long for its purpose.
const MOST: u64 = 2000;

/// Runs the scenario once for each point until the process has no further emit.
pub(super) fn run(scenario: &Scenario, world: WorldKind, options: &Options, make: &MakeWorld) -> Report {
    let mut sum = Report::new(scenario, world, options, None);
    sum.runs = 0;
    let mut traces = Digest::default();
    let disks = scenario.crash_points.as_ref().map(|points| points.disk.clone()).unwrap_or_default();
    for disk in disks {
        for after in 1.. {
            let crash = Crash { after, disk };
            let one = run_once(scenario, world, options, Some(crash), make);
            sum.takes_in(&one);
            traces.add(&one.trace);
            if let Verdict::Failed(_) = one.verdict {
                return Report { simulated: sum.simulated, runs: sum.runs, ..one };
            }
            if !one.crashed {
                break;
            }
            if sum.runs > MOST {
                return sum.broken_off(format!("more than {MOST} crash points: shorten what follows the first `expect`"));
            }
        }
    }
    sum.trace = traces.to_string();
    sum
}
