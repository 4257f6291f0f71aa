//! The table at the end.
use crate::runner::{Report, Verdict};
use std::{fmt::Write, time::Duration};

const HEAD: [&str; 10] = ["scenario", "world", "verdict", "runs", "simulated", "took", "speed", "messages", "bytes", "dials"];

/// One row for each run, and a line that sums them up.
pub fn table(reports: &[Report]) -> String {
    let rows: Vec<[String; 10]> = reports.iter().map(row).collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).chain([HEAD[column].len()]).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    let mut line = |cells: &[&str]| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let width = widths[column];
            // Words stand left, numbers right.
            _ = if column < 3 { write!(line, "{cell:<width$}  ") } else { write!(line, "{cell:>width$}  ") };
        }
        _ = writeln!(text, "{}", line.trim_end());
    };
    line(&HEAD);
    for row in &rows {
        line(&row.each_ref().map(String::as_str));
    }
    text.push('\n');
    text.push_str(&skips(reports));
    text.push_str(&sum(reports));
    text
}

fn row(report: &Report) -> [String; 10] {
    let verdict = match &report.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed(failure) => format!("FAILED {}", failure.id),
        Verdict::Skipped(_) => "skipped".to_owned(),
    };
    let speed = report.simulated.as_secs_f64() / report.took.as_secs_f64().max(1e-6);
    let number = |number: u64| if report.runs == 0 { "-".to_owned() } else { number.to_string() };
    [
        report.scenario.clone(),
        report.world.to_string(),
        verdict,
        number(report.runs),
        if report.runs == 0 { "-".to_owned() } else { seconds(report.simulated) },
        if report.runs == 0 { "-".to_owned() } else { seconds(report.took) },
        if report.runs == 0 { "-".to_owned() } else { format!("{speed:.0}x") },
        number(report.sent.messages),
        if report.runs == 0 { "-".to_owned() } else { bytes(report.sent.bytes) },
        number(report.dials),
    ]
}

fn skips(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        if let Verdict::Skipped(why) = &report.verdict {
            _ = writeln!(text, "skipped {} in {}: {why}", report.scenario, report.world);
        }
    }
    text
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
        seconds if seconds < 600 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min", seconds / 60),
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
