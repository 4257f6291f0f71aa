//! How fast the deployed thing is: real processes on loopback, TLS, stores on a disk; beside what the machine takes at least.
//!
//! `cargo bench -p strait --bench processes`; with `-- writes` or `-- start` only that. Each figure is a line of a table; what else runs on the
//! machine shows in all of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
mod control_plane;
mod floors;
mod start;
mod writes;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // On the disk on which this is built.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("| what | n | p50 | p99 | most |\n| --- | --- | --- | --- | --- |");
    floors::measure(folder.path());
    if is_wanted("writes") {
        writes::measure(&below(folder.path(), "writes"));
    }
    if is_wanted("start") {
        start::measure(&below(folder.path(), "start"));
    }
}

/// All is, if nothing is named.
fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

fn below(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir(&path).unwrap();
    path
}

/// A line of the table.
fn line(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |part: usize| shown(taken[(taken.len() * part / 100).min(taken.len() - 1)]);
    println!("| {what} | {} | {} | {} | {} |", taken.len(), at(50), at(99), at(100));
}

fn shown(time: Duration) -> String {
    if time < Duration::from_millis(1) { format!("{} us", time.as_micros()) } else { format!("{:.1} ms", time.as_secs_f64() * 1e3) }
}
