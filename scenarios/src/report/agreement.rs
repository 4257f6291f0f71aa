//! Whether the worlds agree: what happened to a scenario in one, beside what happened to it in the others.
//!
//! Verdicts must be equal. What a run cost must be about the same, unless a reason is listed here. In which order zones converged is shown only: over
//! equal links it is chance.
use super::table::{bytes, lined_up};
use crate::{
    runner::{Report, Verdict},
    world::WorldKind,
};
use std::collections::BTreeMap;

/// Something that is counted, and what it may be beside what the first world counted.
struct Bound {
    meter: &'static str,
    of: fn(&Report) -> u64,
    /// At most so many times as much, or as little, …
    times: f64,
    /// … or at most so much more or less: small numbers are chance.
    apart: u64,
}

const BOUNDS: &[Bound] = &[
    Bound { meter: "messages", of: |report| report.cost.total().messages, times: 1.5, apart: 100 },
    Bound { meter: "bytes", of: |report| report.cost.total().bytes, times: 1.5, apart: 20_000 },
    Bound { meter: "dials", of: |report| report.cost.total_dials(), times: 1.5, apart: 6 },
    Bound { meter: "snapshots", of: |report| report.cost.snapshots, times: 1.25, apart: 1 },
    Bound { meter: "memory", of: |report| report.cost.session_peak, times: 1.5, apart: 8_000 },
];

/// Scenario, meter, and why worlds may differ there by more.
const MAY_DIFFER: &[(&str, &str, &str)] = &[
    ("disk-full-and-fsync-error-under-kuma", "bytes", "how often a session begins while the disk fails depends on when it is tried"),
    ("disk-full-and-fsync-error-under-kuma", "messages", "how often a session begins while the disk fails depends on when it is tried"),
];

/// What came of the comparison.
pub struct Agreement {
    /// A table, for people. Empty if nothing ran in several worlds.
    pub text: String,
    /// Where worlds disagree, a line each.
    pub different: Vec<String>,
}

/// Compares the reports of each scenario and seed over all worlds in which it ran.
pub fn agreement(reports: &[Report]) -> Agreement {
    let mut runs: BTreeMap<(&str, u64), BTreeMap<WorldKind, &Report>> = BTreeMap::new();
    for report in reports.iter().filter(|report| !matches!(report.verdict, Verdict::Skipped(_))) {
        runs.entry((&report.scenario, report.seed.0)).or_default().insert(report.world, report);
    }
    runs.retain(|_, worlds| worlds.len() > 1);
    let mut different = Vec::new();
    let mut rows =
        vec![["scenario", "worlds", "verdict", "messages", "bytes", "dials", "snapshots", "converged"].map(str::to_owned).to_vec()];
    for worlds in runs.values() {
        let worlds: Vec<&Report> = worlds.values().copied().collect();
        different.extend(differences(&worlds));
        rows.push(row(&worlds));
    }
    let text = if runs.is_empty() { String::new() } else { lined_up(&rows, 3) };
    Agreement { text, different }
}

fn row(worlds: &[&Report]) -> Vec<String> {
    let each = |of: &dyn Fn(&Report) -> String| {
        let all: Vec<String> = worlds.iter().map(|report| of(report)).collect();
        if all.iter().all(|one| *one == all[0]) { all[0].clone() } else { all.join(" | ") }
    };
    vec![
        worlds[0].scenario.clone(),
        worlds.iter().map(|report| report.world.to_string()).collect::<Vec<_>>().join(" | "),
        each(&|report| verdict(report)),
        each(&|report| report.cost.total().messages.to_string()),
        each(&|report| bytes(report.cost.total().bytes)),
        each(&|report| report.cost.total_dials().to_string()),
        each(&|report| report.cost.snapshots.to_string()),
        each(&|report| report.converged.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
    ]
}

fn verdict(report: &Report) -> String {
    report.failure().map_or_else(|| "passed".to_owned(), |failure| format!("FAILED {}", failure.id))
}

fn differences(worlds: &[&Report]) -> Vec<String> {
    let [first, others @ ..] = worlds else {
        return Vec::new();
    };
    let mut different = Vec::new();
    for other in others {
        let (here, there) = (verdict(first), verdict(other));
        if here != there {
            different.push(format!("{}: {here} in {}, {there} in {}", first.scenario, first.world, other.world));
        } else if first.failure().is_none() {
            different.extend(BOUNDS.iter().filter_map(|bound| bound.broken(first, other)));
        }
    }
    different
}

impl Bound {
    fn broken(&self, first: &Report, other: &Report) -> Option<String> {
        let (here, there) = ((self.of)(first), (self.of)(other));
        let (less, more) = (here.min(there), here.max(there));
        let is_within = more - less <= self.apart || more as f64 <= less as f64 * self.times;
        let is_listed = MAY_DIFFER.iter().any(|(scenario, meter, _)| *scenario == first.scenario && *meter == self.meter);
        let (meter, name) = (self.meter, &first.scenario);
        (!is_within && !is_listed)
            .then(|| format!("{name}: {meter}: {here} in {}, {there} in {}, and no reason is listed", first.world, other.world))
    }
}
