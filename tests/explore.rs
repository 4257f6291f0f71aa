//! Exploration: what a case does is written as a scenario that does exactly the same, and what is found depends on the seed alone.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::Path,
    sync::{Mutex, atomic::AtomicBool},
    thread,
    time::{Duration, Instant},
};
use strait_core::Seed;
use strait_scenarios::{
    explore::{Case, Ended, Explored, Judged, OPS, OpClass, Outcome, Search, Source, explore_case, search},
    invariants::INVARIANTS,
    language,
    runner::{Options, Report, Verdict, run},
    sabotage::SABOTAGES,
    world::WorldKind,
};

const MODEL: Judged = Judged { world: WorldKind::Model, invariants: None, sabotage: None };

/// Wrong behaviours that a blind search finds in so few cases that every test run can do it.
const EARLY: &[&str] = &[
    "accept-older-floor",
    "ack-before-stored",
    "answer-unheld-kind",
    "apply-half",
    "chatty",
    "claims-acked",
    "deaf-after-old-end",
    "deletes-for-others",
    "forget-entitlement",
    "gives-way",
    "gone-with-the-zone",
    "hides-refusal",
    "hostage",
    "ignore-kds-sync",
    "ignore-store-failure",
    "impatient",
    "keep-deleted",
    "keep-removed",
    "keep-revoked-secret",
    "keep-tombstones",
    "leak-across",
    "loses-edits-while-away",
    "lost-redial",
    "misattribute",
    "mute-when-empty",
    "needs-mesh-first",
    "no-backoff",
    "overwrite-foreign",
    "phantom-list",
    "recreated-defaults",
    "resend-all",
    "resends-the-kind",
    "rewrites-copies",
    "silent-freeze",
    "silent-store-failure",
    "stops-at-a-bad-key",
    "storm",
    "swallowed-dial-error",
    "take-back",
    "trusts-the-tag",
];
const EARLY_CASES: u64 = 200;

fn asked(cases: u64, jobs: usize, judged: Judged) -> Search {
    Search {
        source: Source::Drawn,
        guided: false,
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
    let options = Options { sabotage: sabotage.map(str::to_owned), ..Options::new(seed) };
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
    // Some are only for what a user brought.
    let is_drawn = |class: OpClass| !matches!(class, OpClass::Theirs | OpClass::Wayside | OpClass::WaysideMend);
    assert_eq!(drawn, OPS.iter().filter(|facts| is_drawn(facts.class)).map(|facts| facts.name).collect());
}

/// Else a search would say little of what happens when addresses run out, or are given again, or when somebody else has to answer.
#[test]
fn many_cases_use_addresses_up_and_have_requests_answered_across_zones() {
    let (mut used_up, mut across, mut elsewhere) = (0, 0, 0);
    for number in 0..100 {
        let case = Case::draw(asked(1, 1, MODEL).case_seed(number));
        let judged = Judged { invariants: Some(BTreeSet::from(["S6".to_owned()])), ..MODEL };
        let marks = explore_case(&case, &judged, &strait_sim::world).marks;
        used_up += u32::from(marks.has("vip-exhausted") || marks.has("vip-reused"));
        across += u32::from(marks.has("request-across"));
        elsewhere += u32::from(marks.has("failover"));
    }
    assert!(used_up >= 20, "addresses were used up, or used again, in only {used_up} of 100 cases");
    assert!(across >= 5 && elsewhere >= 1, "answered across zones in {across} of 100 cases, by others than before in {elsewhere}");
}

/// What broke, or never ended, not by what it was about but by how cases are run: the first of ten edits brought down the process that the others
/// were for; and who was killed a moment after a crash came back.
#[test]
fn these_cases_are_run_in_order() {
    for first in [22_514, 24_524] {
        let outcome = searched(&Search { seed: Seed(0x4a11), first, ..asked(1, 1, MODEL) });
        assert!(outcome.broken.is_empty(), "{:?}", outcome.broken);
    }
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

/// Cases that are made of others are the same ones, too.
#[test]
fn what_a_guided_search_finds_does_not_depend_on_it_either() {
    let found = |jobs| {
        let judged = Judged { invariants: Some(BTreeSet::from(["S2".to_owned()])), ..sabotaged("misattribute") };
        let outcome = searched(&Search { guided: true, ..asked(56, jobs, judged) });
        (outcome.cases, outcome.broken, outcome.coverage, outcome.simulated)
    };
    let alone = found(1);
    assert_eq!(alone, found(3));
    let drawn = searched(&asked(56, 2, Judged { invariants: Some(BTreeSet::from(["S2".to_owned()])), ..sabotaged("misattribute") }));
    assert_ne!(drawn.simulated, alone.3, "no case was made of others");
}

#[test]
fn only_what_was_asked_for_is_judged() {
    let only = |id: &str| Judged { invariants: Some(BTreeSet::from([id.to_owned()])), ..sabotaged("chatty") };
    let broken = |id: &str| searched(&asked(8, 2, only(id))).broken.into_keys().collect::<Vec<_>>();
    assert_eq!(broken("S4"), Vec::<String>::new());
    assert_eq!(broken("L3"), ["L3"]);
}

/// How a search for one wrong behaviour went.
struct Blind {
    name: &'static str,
    /// The first case that breaks something, and nothing without it; and what. `None`: no case did.
    broken: Option<(u64, String)>,
    /// How many cases were run.
    cases: u64,
    /// How long one core took for them.
    took: Duration,
}

/// Searches for each of these wrong behaviours, by the cases that every search begins with: nothing is said to it of what to look for. All are
/// searched for alike, so many cases of each at a time.
fn searched_blindly(names: &[&'static str], cases: u64, tell: &(dyn Fn(&Blind) + Sync)) -> BTreeMap<&'static str, Blind> {
    const AT_A_TIME: u64 = 200;
    let open: VecDeque<(&str, u64, Duration)> = names.iter().map(|name| (*name, 0, Duration::ZERO)).collect();
    let (open, ended) = (Mutex::new(open), Mutex::new(BTreeMap::new()));
    let search_on = || {
        let next = || open.lock().unwrap().pop_front();
        while let Some((name, from, before)) = next() {
            let begun = Instant::now();
            let upto = (from + AT_A_TIME).min(cases);
            let counts = |number: &u64| breaks(*number, &MODEL).is_none();
            let found = |number| Some((number, breaks(number, &sabotaged(name)).filter(|id| is_invariant(id))?));
            let broken = (from..upto).filter_map(found).find(|(number, _)| counts(number));
            let took = before + begun.elapsed();
            if broken.is_none() && upto < cases {
                open.lock().unwrap().push_back((name, upto, took));
                continue;
            }
            let cases = broken.as_ref().map_or(upto, |(number, _)| number + 1);
            let blind = Blind { name, broken, cases, took };
            tell(&blind);
            ended.lock().unwrap().insert(name, blind);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(search_on);
        }
    });
    ended.into_inner().unwrap()
}

/// What a case breaks.
fn breaks(number: u64, judged: &Judged) -> Option<String> {
    let case = Case::draw(asked(1, 1, MODEL).case_seed(number));
    explore_case(&case, judged, &strait_sim::world).report.failure().map(|failure| failure.id.clone())
}

/// Anything else that breaks is no answer to what the search is about.
fn is_invariant(id: &str) -> bool {
    INVARIANTS.iter().any(|(known, _)| *known == id)
}

/// That each was found.
fn judge_blind(found: &BTreeMap<&str, Blind>, names: &[&str]) {
    for name in names {
        assert!(found[name].broken.is_some(), "{name} was not found in {} cases", found[name].cases);
    }
}

fn all_sabotages() -> Vec<&'static str> {
    SABOTAGES.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_blind_search_finds_these_wrong_behaviours_early() {
    judge_blind(&searched_blindly(EARLY, EARLY_CASES, &|_| {}), EARLY);
}

/// The whole proof: minutes, and only in release. `PROOF_CASES` says how many cases of each, `PROOF_OF` of which, with commas between.
#[test]
#[ignore = "takes minutes; run with --release"]
fn a_blind_search_finds_all_wrong_behaviours() {
    let cases = std::env::var("PROOF_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(20_000);
    let only = std::env::var("PROOF_OF").ok();
    let is_asked = |name: &&str| only.as_ref().is_none_or(|only| only.split(',').any(|asked| asked == *name));
    let names: Vec<&str> = all_sabotages().into_iter().filter(is_asked).collect();
    let found = searched_blindly(&names, cases, &|blind| match &blind.broken {
        Some((number, id)) => eprintln!("| `{}` | {id} | {number} | {:.1} |", blind.name, blind.took.as_secs_f64()),
        None => eprintln!("| `{}` | not in {} cases | | {:.1} |", blind.name, blind.cases, blind.took.as_secs_f64()),
    });
    judge_blind(&found, &names);
}

/// What exploration once found, in every world that can do it.
#[test]
fn no_regression_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    for file in entries.filter(|file| file.extension().is_some_and(|ending| ending == "yaml")) {
        let seed = strait_scenarios::explore::seed_of(&fs::read_to_string(&file).unwrap()).unwrap();
        let scenario = language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for world in WorldKind::SIMULATED {
            let options = Options::new(seed);
            let report = run(&scenario, world, &options, &strait_sim::world);
            assert!(report.failure().is_none(), "{}", strait_scenarios::report::failure(&report, "test").unwrap());
        }
    }
}
