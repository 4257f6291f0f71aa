//! Every suite passes in every capable world, and costs what it did: a silent tripling of bytes, messages, dials, full transfers or
//! memory is a visible difference here. Numbers are rounded down to powers of 1.5, so that small changes are none.
//!
//! A difference that is meant is taken over with `INSTA_UPDATE=always cargo test --test costs`, and read before it is committed.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};
use strait_core::Seed;
use strait_scenarios::{
    language, report,
    runner::{Job, Options, Report, Suite, Verdict, run_all},
    world::WorldKind,
};

fn suites() -> Suite {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suites");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|is| is == "yaml") && !file.to_string_lossy().ends_with(".sabotage.yaml"));
    files.sort();
    let mut suite = Suite::default();
    for (index, file) in files.iter().enumerate() {
        suite.scenarios.push(language::load(file).unwrap_or_else(|mistakes| panic!("{mistakes}")));
        for world in WorldKind::SIMULATED {
            let options = Options::new(Seed(0x5eed));
            suite.jobs.push(Job { scenario: index, world, options });
        }
    }
    suite
}

/// The largest power of 1.5 that is not larger, in two digits.
fn rounded(number: u64) -> String {
    if number == 0 {
        return "0".to_owned();
    }
    let power = (number as f64).log(1.5).floor();
    let digits = 1.5_f64.powf(power).round() as u64;
    match digits {
        0..1000 => digits.to_string(),
        1000..1_000_000 => format!("{}k", digits / 1000),
        _ => format!("{}M", digits / 1_000_000),
    }
}

fn line(report: &Report) -> String {
    let (cost, sent, store) = (&report.cost, report.cost.total(), report.cost.largest_store());
    let columns = [
        ("messages", sent.messages),
        ("bytes", sent.bytes),
        ("transfers", sent.transfers),
        ("dials", cost.total_dials()),
        ("snapshots", cost.snapshots),
        ("at once", cost.snapshots_peak),
        ("unanswered", cost.session_peak),
        ("records", store.records_peak),
        ("tombstones", store.tombstones_peak),
        ("emits", cost.emits_peak),
    ];
    let columns = columns.map(|(what, number)| format!("{what} {}", rounded(number)));
    format!("{} in {}: {}", report.scenario, report.world, columns.join(", "))
}

#[test]
fn every_suite_passes_and_costs_what_it_did() {
    let reports = run_all(&suites(), &|_| 2, &strait_sim::world, &|_| {});
    let failed: Vec<String> = reports.iter().filter_map(|report| report::failure(report, "test")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let mut costs = String::new();
    for report in reports.iter().filter(|report| !matches!(report.verdict, Verdict::Skipped(_))) {
        writeln!(costs, "{}", line(report)).unwrap();
    }
    insta::assert_snapshot!(costs);
}
