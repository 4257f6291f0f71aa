//! The target that `STRAIT_TARGET` names.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use strait_fuzzing::{TARGETS, Target, named};

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("STRAIT_TARGET").unwrap_or_default();
    named(&name).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("error: STRAIT_TARGET: must be one of {}, not `{name}`", names.join(", "));
        std::process::exit(2)
    })
});

fuzz_target!(|bytes: &[u8]| (CHOSEN.run)(bytes));
