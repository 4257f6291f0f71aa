//! Each suite fails under its sabotage, by the invariant that it names, while its control suite still passes: in every world.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use strait_core::Seed;
use strait_scenarios::{
    cannot::CANNOT,
    language::{self, SabotageFile},
    report,
    runner::{Job, Options, Report, Suite, Verdict, run_all},
    world::WorldKind,
};

fn suites() -> Vec<(PathBuf, SabotageFile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suites");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".sabotage.yaml"));
    files.sort();
    let suite = |file: &PathBuf| PathBuf::from(file.to_string_lossy().replace(".sabotage.yaml", ".yaml"));
    files.iter().map(|file| (suite(file), language::load_sabotage(file).unwrap_or_else(|mistakes| panic!("{mistakes}")))).collect()
}

/// A scenario, a sabotage, and the one invariant that is judged: another may see the same wrong sooner. `None`: all are.
type Sabotaged = (PathBuf, String, Option<String>);

/// Runs these scenarios, each under its sabotage, in all worlds.
fn run(scenarios: &[Sabotaged]) -> Vec<Report> {
    let mut suite = Suite::default();
    for (index, (file, sabotage, id)) in scenarios.iter().enumerate() {
        suite.scenarios.push(language::load(file).unwrap_or_else(|mistakes| panic!("{mistakes}")));
        for world in WorldKind::SIMULATED {
            let judged = id.clone().map(|id| BTreeSet::from([id]));
            let options = Options { sabotage: Some(sabotage.clone()), judged, ..Options::new(Seed(0x5eed)) };
            suite.jobs.push(Job { scenario: index, world, options });
        }
    }
    run_all(&suite, &|_| 2, &strait_sim::world, &|_| {})
}

fn is_allowed_to_skip(report: &Report) -> bool {
    matches!(&report.verdict, Verdict::Skipped(why) if CANNOT.iter().any(|(world, _, known)| *world == report.world && known == why))
}

fn shown(report: &Report) -> String {
    report::failure(report, "test").unwrap_or_else(|| format!("{:?}", report.verdict))
}

#[test]
fn each_suite_fails_under_its_sabotage_by_the_invariant_it_names() {
    let suites = suites();
    let sabotaged: Vec<_> =
        suites.iter().map(|(file, wrong)| (file.clone(), wrong.sabotage.clone(), Some(wrong.caught_by.clone()))).collect();
    let reports = run(&sabotaged);
    let mut wrong = Vec::new();
    for (report, (_, expected)) in reports.iter().zip(suites.iter().flat_map(|suite| [suite; WorldKind::SIMULATED.len()])) {
        let caught = report.failure().is_some_and(|failure| failure.id == expected.caught_by);
        if !caught && !is_allowed_to_skip(report) {
            let what = format!("{} in {} under {}", report.scenario, report.world, expected.sabotage);
            wrong.push(format!("{what}: not caught by {}:\n{}", expected.caught_by, shown(report)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Invariants that no suite's own sabotage breaks, and sabotages that stand beside no suite.
#[test]
fn what_stands_beside_no_suite_is_caught_too() {
    for (suite, sabotage, id) in [
        ("first-connect", "leak-at-home", "S1"),
        ("first-connect", "apply-half", "S10"),
        ("entitlement-revoked-while-away", "keep-revoked-secret", "S10"),
        ("global-offline", "no-backoff", "B3"),
        ("global-zone-link-cut", "resend-all", "B2"),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/suites/{suite}.yaml"));
        for report in run(&[(file, sabotage.to_owned(), Some(id.to_owned()))]) {
            assert!(report.failure().is_some_and(|failure| failure.id == id), "{sabotage}: {}", shown(&report));
        }
    }
}

#[test]
fn each_control_suite_passes_under_the_sabotage() {
    let mut controls: Vec<_> = suites().into_iter().map(|(_, sabotage)| (sabotage.control, sabotage.sabotage, None)).collect();
    controls.sort();
    controls.dedup();
    let wrong: Vec<String> = run(&controls).iter().filter(|report| !matches!(report.verdict, Verdict::Passed)).map(shown).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
