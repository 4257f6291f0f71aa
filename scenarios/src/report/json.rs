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
    json!({
        "scenario": report.scenario,
        "file": report.file,
        "world": report.world,
        "seed": report.seed.to_string(),
        "sabotage": report.sabotage,
        "crash": report.crash,
        "verdict": verdict,
        "why": why,
        "replay": report.failure().map(|_| report.replay()),
        "simulated_ms": u64::try_from(report.simulated.as_millis()).unwrap_or(u64::MAX),
        "took_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "runs": report.runs,
        "events": report.events,
        "messages": report.sent.messages,
        "bytes": report.sent.bytes,
        "transfers": report.sent.transfers,
        "dials": report.dials,
        "trace": report.trace,
    })
}
