//! Every control plane of every suite crashes wherever it may: a sample of all points, evenly spread. `strait scenario run --on model --crash-points=1000` takes more.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    num::NonZeroU64,
    path::{Path, PathBuf},
};
use strait_core::Seed;
use strait_scenarios::{
    language, report,
    runner::{Job, Options, Sample, Suite, run, run_all},
    scenario::Scenario,
    world::WorldKind,
};

/// So many points of each suite.
const OF_EACH: u64 = 1;

/// Suites that are too long for this test; so are those with clusters.
const TOO_LONG: &[&str] = &[
    "both-sides-full",
    "both-sides-full-under-kuma",
    "herd-after-global-restart",
    "herd-after-global-restart-under-kuma",
    "slow-zone-no-hostage",
    "slow-zone-no-hostage-under-kuma",
];

fn suites() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suites");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|is| is == "yaml") && !file.to_string_lossy().ends_with(".sabotage.yaml"));
    files.sort();
    files.iter().map(|file| language::load(file).unwrap_or_else(|mistakes| panic!("{mistakes}"))).collect()
}

fn crashing(most: u64) -> Options {
    Options { crashes: NonZeroU64::new(most), ..Options::new(Seed(0x5eed)) }
}

#[test]
fn every_suite_outlives_a_crash_of_anybody_at_points_of_a_sample() {
    let scenarios: Vec<Scenario> =
        suites().into_iter().filter(|suite| suite.clusters.is_empty() && !TOO_LONG.contains(&suite.name.as_str())).collect();
    let job = |scenario| Job { scenario, world: WorldKind::Model, options: crashing(OF_EACH) };
    let suite = Suite { jobs: (0..scenarios.len()).map(job).collect(), scenarios };
    let reports = run_all(&suite, &|_| 2, &strait_sim::world, &|_| {});
    let failed: Vec<String> = reports.iter().filter_map(|report| report::failure(report, "test")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(reports.iter().all(|report| report.sample.is_some_and(|sample| sample.of > OF_EACH)), "nobody emitted anything");
}

#[test]
fn with_room_for_all_each_point_of_every_control_plane_is_one_run() {
    let scenario = language::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/conformance/delete.yaml")).unwrap();
    let report = run(&scenario, WorldKind::Model, &crashing(u64::MAX), &strait_sim::world);
    assert!(report.failure().is_none(), "{}", report::failure(&report, "test").unwrap());
    let Some(Sample { ran, of }) = report.sample else { panic!("nothing was sampled") };
    assert_eq!((ran, report.runs), (of, of + 1));
    assert_eq!(of % 3, 0, "each with three outcomes for the disk");
}

#[test]
fn what_a_crash_at_a_point_breaks_is_found_and_the_replay_finds_it_again() {
    let scenario = language::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/conformance/delete.yaml")).unwrap();
    let wrong =
        Options { sabotage: Some("ack-before-stored".to_owned()), judged: Some(BTreeSet::from(["S9".to_owned()])), ..crashing(500) };
    let found = run(&scenario, WorldKind::Model, &wrong, &strait_sim::world);
    assert!(found.failure().is_some_and(|failure| failure.id == "S9"), "{:?}", found.verdict);
    let Some((of, at)) = found.crash_of.clone().zip(found.crash) else { panic!("{}", found.replay()) };
    assert!(found.replay().contains(&format!("--crash {of}:{}", at.to_argument())), "{}", found.replay());
    let again = Options { crash: Some(at), crash_of: Some(of), crashes: None, ..wrong };
    let again = run(&scenario, WorldKind::Model, &again, &strait_sim::world);
    assert_eq!(again.trace, found.trace);
}
