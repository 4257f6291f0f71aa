//! The table at the end.
use crate::runner::{Report, Verdict};
use std::{fmt::Write, time::Duration};

const COLUMNS: usize = 13;
const HEAD: [&str; COLUMNS] =
    ["scenario", "world", "verdict", "runs", "simulated", "took", "speed", "messages", "bytes", "dials", "snapshots", "memory", "store"];

/// One row for each scenario and world, whatever the number of seeds, and a line that sums all up.
pub fn table(reports: &[Report]) -> String {
    let same = |one: &Report, other: &Report| (&one.scenario, one.world) == (&other.scenario, other.world);
    let rows: Vec<[String; COLUMNS]> = reports.chunk_by(same).map(row).collect();
    let head = HEAD.map(str::to_owned);
    let mut text = lined_up(&std::iter::once(head).chain(rows).collect::<Vec<_>>(), 3);
    text.push('\n');
    text.push_str(&skips(reports));
    text.push_str(&busy(reports));
    text.push_str(&sum(reports));
    text
}

/// Rows as lines, in columns. The first so many columns hold words, which stand left; numbers stand right.
pub(super) fn lined_up(rows: &[impl AsRef<[String]>], words: usize) -> String {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.as_ref().get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.as_ref().iter().zip(&widths).enumerate() {
            _ = if column < words { write!(line, "{cell:<width$}  ") } else { write!(line, "{cell:>width$}  ") };
        }
        _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn row(reports: &[Report]) -> [String; COLUMNS] {
    let sum = |number: fn(&Report) -> u64| reports.iter().map(number).sum::<u64>();
    let most = |number: fn(&Report) -> u64| reports.iter().map(number).max().unwrap_or_default();
    let time = |time: fn(&Report) -> Duration| reports.iter().map(time).sum::<Duration>();
    let (runs, simulated, took) = (sum(|report| report.runs), time(|report| report.simulated), time(|report| report.took));
    let speed = simulated.as_secs_f64() / took.as_secs_f64().max(1e-6);
    let counted = [
        runs.to_string(),
        seconds(simulated),
        seconds(took),
        format!("{speed:.0}x"),
        sum(|report| report.cost.total().messages).to_string(),
        bytes(sum(|report| report.cost.total().bytes)),
        sum(|report| report.cost.total_dials()).to_string(),
        sum(|report| report.cost.snapshots).to_string(),
        bytes(most(|report| report.cost.session_peak)),
        bytes(most(|report| report.cost.largest_store().bytes_peak)),
    ];
    let [runs, simulated, took, speed, messages, bytes, dials, snapshots, memory, store] =
        if runs == 0 { counted.map(|_| "-".to_owned()) } else { counted };
    let (scenario, world) = reports.first().map(|first| (first.scenario.clone(), first.world.to_string())).unwrap_or_default();
    [scenario, world, verdict(reports), runs, simulated, took, speed, messages, bytes, dials, snapshots, memory, store]
}

fn verdict(reports: &[Report]) -> String {
    let failed: Vec<&str> = reports.iter().filter_map(|report| report.failure()).map(|failure| failure.id.as_str()).collect();
    match (failed.as_slice(), reports) {
        ([], [Report { verdict: Verdict::Skipped(_), .. }, ..]) => "skipped".to_owned(),
        ([], _) => "passed".to_owned(),
        ([first, ..], [_]) => format!("FAILED {first}"),
        ([first, ..], _) => format!("FAILED {first} ({} of {} seeds)", failed.len(), reports.len()),
    }
}

fn skips(reports: &[Report]) -> String {
    let skipped = reports.iter().filter_map(|report| match &report.verdict {
        Verdict::Skipped(why) => Some(format!("skipped {} in {}: {why}\n", report.scenario, report.world)),
        _ => None,
    });
    let mut lines: Vec<String> = skipped.collect();
    lines.dedup();
    lines.concat()
}

/// What failed beside others and passed alone.
fn busy(reports: &[Report]) -> String {
    let line = |report: &Report| {
        let before = report.failed_beside_others.as_ref()?;
        let (name, world) = (&report.scenario, report.world);
        Some(format!("beside others {name} in {world} failed by {} ({}), alone it passed\n", before.id, before.what))
    };
    reports.iter().filter_map(line).collect()
}

fn sum(reports: &[Report]) -> String {
    let count = |is: fn(&Verdict) -> bool| reports.iter().filter(|report| is(&report.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let simulated: Duration = reports.iter().map(|report| report.simulated).sum();
    let runs: u64 = reports.iter().map(|report| report.runs).sum();
    format!("{passed} passed, {failed} failed, {skipped} skipped; {runs} runs, {} of protocol time\n", seconds(simulated))
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        1..600 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min", seconds / 60),
    }
}

pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
