//! The table in which times are shown.
use std::time::Duration;

pub(crate) fn head() {
    println!("| what | n | p50 | p99 | most |\n| --- | --- | --- | --- | --- |");
}

/// A line of the table.
pub(crate) fn line(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |part: usize| shown(taken[(taken.len() * part / 100).min(taken.len() - 1)]);
    println!("| {what} | {} | {} | {} | {} |", taken.len(), at(50), at(99), at(100));
}

fn shown(time: Duration) -> String {
    if time < Duration::from_millis(1) { format!("{} us", time.as_micros()) } else { format!("{:.1} ms", time.as_secs_f64() * 1e3) }
}
