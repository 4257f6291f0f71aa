//! Exploration: what a case does is written as a scenario that does exactly the same, and what is found depends on the seed alone.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{collections::BTreeSet, fs, path::Path, sync::atomic::AtomicBool};
use strait_core::Seed;
use strait_scenarios::{
    explore::{Case, Ended, Explored, Judged, OPS, Outcome, Search, explore_case, search},
    language,
    runner::{Options, Report, Verdict, run},
    world::WorldKind,
};

const MODEL: Judged = Judged { world: WorldKind::Model, invariants: None, sabotage: None };

fn asked(cases: u64, jobs: usize, judged: Judged) -> Search {
    Search {
        seed: Seed(0x5eed),
        first: 0,
        cases: Some(cases),
        lasting: None,
        jobs,
        judged,
        until_found: false,
        regressions: None,
        version: "test".to_owned(),
    }
}

fn searched(search_for: &Search) -> Outcome {
    search(search_for, &strait_sim::world, &AtomicBool::new(false), &|_| {})
}

fn sabotaged(name: &str) -> Judged {
    Judged { sabotage: Some(name.to_owned()), ..MODEL }
}

/// Runs what was written, as a user would.
fn replayed(written: &str, name: &str, seed: Seed, sabotage: Option<&str>) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{name}.yaml"));
    fs::write(&file, written).unwrap();
    let scenario = language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}"));
    let options = Options { seed, sabotage: sabotage.map(str::to_owned), trace: None, crash: None };
    run(&scenario, WorldKind::Model, &options, &strait_sim::world)
}

#[test]
fn a_case_written_as_a_scenario_does_the_same_event_by_event() {
    let mut verbs = BTreeSet::new();
    for number in 0..24 {
        let case = Case::draw(asked(1, 1, MODEL).case_seed(number));
        let explored: Explored = explore_case(&case, &MODEL, &strait_sim::world);
        let written = explored.written("case", "To be run again.");
        verbs.extend(written.lines().filter_map(|line| Some(line.strip_prefix("  - ")?.split(':').next()?.to_owned())));
        let again = replayed(&written, "case", case.seed, None);
        assert_eq!(again.trace, explored.report.trace, "case {number}:\n{written}");
        assert_eq!(matches!(again.verdict, Verdict::Passed), matches!(explored.report.verdict, Verdict::Passed));
    }
    // Else the comparison would say little.
    assert!(verbs.len() >= 12, "only {verbs:?}");
}

#[test]
fn every_operation_is_drawn_and_resolves() {
    let mut drawn = BTreeSet::new();
    for number in 0..100 {
        drawn.extend(Case::draw(asked(1, 1, MODEL).case_seed(number)).ops.iter().map(|op| op.facts.name));
    }
    assert_eq!(drawn, OPS.iter().map(|facts| facts.name).collect());
}

#[test]
fn what_is_found_is_small_and_replays_to_the_same() {
    let outcome = searched(&Search { until_found: true, ..asked(300, 2, sabotaged("keep-deleted")) });
    assert_eq!(outcome.ended, Ended::Found);
    let finding = &outcome.findings[0];
    assert!(finding.ops.1 <= 4 && finding.ops.1 <= finding.ops.0, "{} operations:\n{}", finding.ops.1, finding.written);
    let again = replayed(&finding.written, "found", finding.seed, Some("keep-deleted"));
    let failure = again.failure().unwrap();
    assert_eq!((&failure.id, failure.at, &failure.what), (&finding.failure.id, finding.failure.at, &finding.failure.what));
    assert_eq!(again.trace, finding.report.trace);
}

#[test]
fn what_is_found_does_not_depend_on_how_many_run_side_by_side() {
    let found = |jobs| {
        let outcome = searched(&asked(16, jobs, sabotaged("misattribute")));
        let written: Vec<String> = outcome.findings.iter().map(|finding| finding.written.clone()).collect();
        (outcome.cases, outcome.broken, outcome.coverage, outcome.simulated, written)
    };
    let alone = found(1);
    assert!(!alone.4.is_empty());
    assert_eq!(alone, found(3));
}

#[test]
fn only_what_was_asked_for_is_judged() {
    let only = |id: &str| Judged { invariants: Some(BTreeSet::from([id.to_owned()])), ..sabotaged("chatty") };
    let broken = |id: &str| searched(&asked(8, 2, only(id))).broken.into_keys().collect::<Vec<_>>();
    assert_eq!(broken("S4"), Vec::<String>::new());
    assert_eq!(broken("L3"), ["L3"]);
}

/// What exploration once found, in every world that can do it.
#[test]
fn no_regression_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    for file in entries.filter(|file| file.extension().is_some_and(|ending| ending == "yaml")) {
        let seed = strait_scenarios::explore::seed_of(&fs::read_to_string(&file).unwrap()).unwrap();
        let scenario = language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for world in WorldKind::ALL {
            let options = Options { seed, sabotage: None, trace: None, crash: None };
            let report = run(&scenario, world, &options, &strait_sim::world);
            assert!(report.failure().is_none(), "{}", strait_scenarios::report::failure(&report, "test").unwrap());
        }
    }
}
