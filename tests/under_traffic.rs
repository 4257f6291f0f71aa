//! Every suite that has no workloads of its own with two zones of workloads that ask each other all the time: under all invariants.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use strait_core::Seed;
use strait_scenarios::{
    language, report,
    runner::{Job, Options, Suite, run_all},
    scenario::Scenario,
    under_traffic::under_traffic,
    world::WorldKind,
};

/// Suites without traffic beside them, but for those that have workloads of their own, and why.
const WITHOUT: &[(&str, &str)] = &[];
const OF_KUMA: &str = "the model of Kuma's global does not know who workloads are";
const HAS_SOME: &str = "it has workloads of its own";

/// Those that run in `turmoil`, too: what is cheap there, and has something that `model` has not.
const IN_TURMOIL: &[&str] = &["first-connect", "global-zone-link-cut", "half-open-zombie", "one-way-down", "zone-disabled-mid-stream"];

fn suites() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suites");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|is| is == "yaml") && !file.to_string_lossy().ends_with(".sabotage.yaml"));
    files.sort();
    files.iter().map(|file| language::load(file).unwrap_or_else(|mistakes| panic!("{mistakes}"))).collect()
}

#[test]
fn every_suite_holds_with_traffic_beside_it() {
    let scenarios: Vec<Scenario> = suites().iter().filter_map(|suite| under_traffic(suite).ok()).collect();
    assert!(scenarios.len() > 30, "these are {} suites", scenarios.len());
    let in_model = |scenario| Job { scenario, world: WorldKind::Model, options: Options::new(Seed(0x5eed)) };
    let mut jobs: Vec<Job> = (0..scenarios.len()).map(in_model).collect();
    for name in IN_TURMOIL {
        let scenario = scenarios.iter().position(|scenario| scenario.name == *name).unwrap_or_else(|| panic!("{name} has no traffic"));
        jobs.push(Job { world: WorldKind::Turmoil, ..in_model(scenario) });
    }
    let reports = run_all(&Suite { scenarios, jobs }, &|_| 2, &strait_sim::world, &|_| {});
    let failed: Vec<String> = reports.iter().filter_map(|report| report::failure(report, "test")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn who_has_no_traffic_is_listed_with_the_reason() {
    let mut without: BTreeMap<String, &str> = BTreeMap::new();
    for suite in suites() {
        match under_traffic(&suite) {
            Err(HAS_SOME) => assert!(!suite.proxies.is_empty() || !suite.clusters.is_empty(), "{}", suite.name),
            Err(OF_KUMA) => {
                assert!(suite.name.ends_with("-under-kuma") || suite.global != strait_core::sync::Dialect::Strait, "{}", suite.name)
            }
            Err(why) => _ = without.insert(suite.name, why),
            Ok(_) => {}
        }
    }
    let listed: BTreeMap<String, &str> = WITHOUT.iter().map(|(name, why)| ((*name).to_owned(), *why)).collect();
    assert_eq!(without, listed);
}
