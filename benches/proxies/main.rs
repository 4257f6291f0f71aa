//! What a zone's proxies cost and how soon they know: real processes on loopback, TLS, delta xDS, and DNS; beside what the machine takes at least.
//!
//! `cargo bench -p strait --no-default-features --bench proxies`; with `-- edits`, `-- memory` or `-- names` only that; with `--peer PATH`, which is
//! `kuma-cp` of Kuma 2.14, beside what Kuma takes for the same in the same run. What else runs on the machine
//! shows in all times, and hardly in what is counted of the processor.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
mod client;
#[path = "../processes/control_plane.rs"]
#[allow(dead_code, reason = "the other bench needs the rest")]
mod control_plane;
mod edits;
#[path = "../processes/floors.rs"]
mod floors;
mod memory;
mod mesh;
mod names;
mod peer;
mod streams;
#[path = "../processes/table.rs"]
mod table;
mod unbound;

use std::path::{Path, PathBuf};

fn main() {
    // `cargo test --benches` only wants to know that it builds; `cargo bench` says so.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    let peer = peer::given();
    // On the disk on which this is built.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if is_wanted("edits") {
        table::head();
        floors::measure(folder.path());
        edits::measure(&below(folder.path(), "edits"));
        if let Some(program) = &peer {
            peer::edits(program, &below(folder.path(), "peer-edits"));
        }
    }
    if is_wanted("memory") {
        memory::measure(&below(folder.path(), "memory"));
        if let Some(program) = &peer {
            peer::memory(program, &below(folder.path(), "peer-memory"));
        }
    }
    if is_wanted("names") {
        names::measure(&below(folder.path(), "names"));
    }
}

/// All is, if nothing is named.
fn is_wanted(part: &str) -> bool {
    let given = peer::given();
    let is_peer = |argument: &String| given.as_ref().is_some_and(|given| given.as_os_str() == argument.as_str());
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with("--") && !is_peer(argument)).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

fn below(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir(&path).unwrap();
    path
}
