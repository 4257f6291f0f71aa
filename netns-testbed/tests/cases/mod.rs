//! Runs cases one after the other in this process, as `cargo test` would on threads: namespaces are entered by a process with one thread.
use std::{
    env,
    panic::catch_unwind,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The sentence, and what must go through without a panic.
pub(crate) type Case = (&'static str, fn());

/// Those cases whose names contain one of the words on the command line; all, if there is none.
pub(crate) fn run(cases: &[Case]) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen: Vec<&Case> = cases.iter().filter(|(name, _)| words.is_empty() || words.iter().any(|word| name.contains(word))).collect();
    let mut failed = Vec::new();
    for (name, case) in &chosen {
        let begin = Instant::now();
        let passed = catch_unwind(case).is_ok();
        println!("test {name} ... {} ({} ms)", if passed { "ok" } else { "FAILED" }, begin.elapsed().as_millis());
        if !passed {
            failed.push(*name);
        }
    }
    println!("\n{} passed, {} failed {failed:?}", chosen.len() - failed.len(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Waits until it holds.
pub(crate) fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < within, "not within {within:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
