//! How fast the deployed thing is: real processes on loopback, TLS, stores on a disk; beside what the machine takes at least.
//!
//! `cargo bench -p strait --bench processes`; with `-- writes` or `-- start` only that. Each figure is a line of a table; what else runs on the
//! machine shows in all of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
#[allow(dead_code, reason = "the other bench needs the rest")]
mod control_plane;
mod floors;
mod start;
mod table;
mod writes;

use std::path::{Path, PathBuf};

fn main() {
    // `cargo test --benches` only wants to know that it builds; `cargo bench` says so.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    // On the disk on which this is built.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    table::head();
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
