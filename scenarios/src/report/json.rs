//! Runs as JSON, one document for all.
use crate::runner::{Report, Verdict};
use serde_json::{Value, json};

/// All runs, for machines. Durations are milliseconds.
pub fn json(reports: &[Report], version: &str) -> Value {
    json!({"version": version, "runs": reports.iter().map(one).collect::<Vec<_>>()})
}

fn one(report: &Report) -> Value {
    let (verdict, why) = match &report.verdict {
        Verdict::Passed => ("passed", Value::Null),
        Verdict::Failed(failure) => ("failed", json!(failure)),
        Verdict::Skipped(why) => ("skipped", json!(why)),
    };
    let (cost, sent, store) = (&report.cost, report.cost.total(), report.cost.largest_store());
    json!({
        "scenario": report.scenario,
        "file": report.file,
        "world": report.world,
        "seed": report.seed.to_string(),
        "sabotage": report.sabotage,
        "crash": report.crash,
        "crash_of": report.crash_of,
        "under_traffic": report.under_traffic,
        "crash_points": report.sample.map(|sample| json!({"ran": sample.ran, "of": sample.of})),
        "verdict": verdict,
        "why": why,
        "failed_beside_others": report.failed_beside_others,
        "replay": report.failure().map(|_| report.replay()),
        "simulated_ms": u64::try_from(report.simulated.as_millis()).unwrap_or(u64::MAX),
        "took_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "runs": report.runs,
        "events": report.events,
        "messages": sent.messages,
        "bytes": sent.bytes,
        "transfers": sent.transfers,
        "dials": cost.total_dials(),
        "redials_peak": cost.redials_peak,
        "snapshots": cost.snapshots,
        "snapshots_peak": cost.snapshots_peak,
        "session_bytes_peak": cost.session_peak,
        "emits_peak": cost.emits_peak,
        "store": {
            "records_peak": store.records_peak,
            "bytes_peak": store.bytes_peak,
            "tombstones_peak": store.tombstones_peak,
        },
        "trace": report.trace,
    })
}
