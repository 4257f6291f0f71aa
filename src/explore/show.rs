//! What a search found, for people and for machines.
use serde_json::{Value, json};
use std::fmt::Write;
use strait_scenarios::{
    explore::{Ended, Finding, MARKS, Outcome, Search, Source},
    report, timeline,
};

/// So many lines of what happened last are shown under a failure.
const LAST: usize = 36;

pub(super) fn text(search: &Search, outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut line = |line: &str| _ = writeln!(text, "{line}");
    for finding in &outcome.findings {
        line(&one(search, finding, outcome));
    }
    line("reached in so many cases:");
    for (name, cases) in outcome.coverage.cases() {
        let what = MARKS.iter().find(|(known, _)| *known == name).map_or("", |(_, what)| what);
        line(&format!("  {cases:>8}  {name:<24} {what}"));
    }
    let missing = outcome.coverage.missing();
    line("");
    if !missing.is_empty() {
        line(&format!("never reached: {}", missing.join(", ")));
    }
    let seconds = outcome.took.as_secs_f64().max(1e-6);
    let found = if outcome.findings.is_empty() { "nothing was found".to_owned() } else { broken(outcome) };
    line(&format!(
        "{} cases from seed {} in {seconds:.1} s ({:.0} per second, {:.0} s of protocol time each){}: {found}",
        outcome.cases,
        search.seed,
        (f64::from(u32::try_from(outcome.cases).unwrap_or(u32::MAX)) / seconds),
        outcome.simulated.as_secs_f64() / f64::from(u32::try_from(outcome.cases.max(1)).unwrap_or(u32::MAX)),
        match outcome.ended {
            Ended::Done => "",
            Ended::TimeUp => ", then the time was up",
            Ended::Found => ", then something was found",
            Ended::Interrupted => ", then it was interrupted",
        }
    ));
    if let Source::Brought { .. } = &search.source {
        line(&in_short(outcome));
    }
    text
}

/// What somebody who brought a topology wants to know.
fn in_short(outcome: &Outcome) -> String {
    let cases = outcome.cases;
    let mut text = String::new();
    for (called, looked) in &outcome.kept {
        let how = if *looked == 0 { "; about that, this search proves nothing" } else { "" };
        text.push_str(&format!("\n`{called}` was looked at, and did not hold, in {looked} of {cases} schedules{how}"));
    }
    if outcome.findings.is_empty() {
        return text + &format!("\nno violation in {cases} schedules");
    }
    text.push_str(&format!("\nviolations in {cases} schedules:"));
    for finding in &outcome.findings {
        let broken = outcome.broken.get(&finding.failure.which()).map_or(0, Vec::len);
        let file = match &finding.file {
            Some(Ok(file)) => file.display().to_string(),
            _ => "not written".to_owned(),
        };
        text.push_str(&format!("\n  {} {}, broken in {broken}; the shortest schedule: {file}", finding.failure.id, finding.failure.slug));
    }
    text
}

fn one(search: &Search, finding: &Finding, outcome: &Outcome) -> String {
    let mut report = finding.report.clone();
    let mut text = String::new();
    let mut line = |line: String| _ = writeln!(text, "{line}");
    match &finding.file {
        Some(Ok(path)) => report.file.clone_from(path),
        Some(Err(why)) => line(format!("error: what was found could not be written: {why}\n{}", finding.written)),
        None => line(finding.written.clone()),
    }
    report.scenario = format!("case {}", finding.number);
    line(report::failure(&report, &search.version).unwrap_or_default().trim_end().to_owned());
    if let Some(recorded) = &finding.timeline {
        timeline::last(recorded, LAST).lines().for_each(|shown| line(format!("  {shown}")));
    }
    match &finding.picture {
        Some(Ok(path)) => line(format!("  all of it, drawn: {}", path.display())),
        Some(Err(why)) => line(format!("  error: it could not be drawn: {why}")),
        None => {}
    }
    let (before, after) = finding.ops;
    line(format!("  shrunk from {before} operations to {after} in {} runs", finding.runs));
    line(format!("  found by: {}", search.command(finding.number)));
    let cases = outcome.broken.get(&finding.failure.which()).map(Vec::as_slice).unwrap_or_default();
    if let [_, others @ ..] = cases
        && !others.is_empty()
    {
        let shown: Vec<String> = others.iter().take(8).map(ToString::to_string).collect();
        line(format!(
            "  the same invariant broke in {} further cases: {}{}",
            others.len(),
            shown.join(", "),
            if others.len() > 8 { "…" } else { "" }
        ));
    }
    text
}

fn broken(outcome: &Outcome) -> String {
    outcome.broken.iter().map(|(id, cases)| format!("{id} broke in {}", cases.len())).collect::<Vec<_>>().join(", ")
}

pub(super) fn json(search: &Search, outcome: &Outcome) -> Value {
    let ended = match outcome.ended {
        Ended::Done => "done",
        Ended::TimeUp => "time-up",
        Ended::Found => "found",
        Ended::Interrupted => "interrupted",
    };
    let finding = |finding: &Finding| {
        json!({
            "case": finding.number,
            "seed": finding.seed.to_string(),
            "why": finding.failure,
            "operations": finding.ops.0,
            "shrunk_to": finding.ops.1,
            "file": finding.file.as_ref().and_then(|file| file.as_ref().ok()),
            "timeline": finding.picture.as_ref().and_then(|picture| picture.as_ref().ok()),
            "not_written": finding.file.as_ref().and_then(|file| file.as_ref().err()),
            "scenario": finding.written,
            "trace": finding.report.trace,
        })
    };
    json!({
        "version": search.version,
        "seed": search.seed.to_string(),
        "ended": ended,
        "cases": outcome.cases,
        "took_ms": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        "simulated_ms": u64::try_from(outcome.simulated.as_millis()).unwrap_or(u64::MAX),
        "broken": outcome.broken,
        "findings": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
        "reached": outcome.coverage.cases().collect::<std::collections::BTreeMap<_, _>>(),
        "never_reached": outcome.coverage.missing(),
        "looked_at": outcome.kept,
    })
}
