//! From what was asked for to a search, and to its exit code.
use super::{progress::Bar, show};
use crate::{
    command::{ExploreArguments, ExploreOutput},
    console::{VIOLATION, complain, say},
};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use strait_scenarios::{
    explore::{Ended, Judged, Search, search},
    invariants::INVARIANTS,
    sabotage,
};

/// Interrupted before anything was found, as shells say it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
/// Cases that are run where nobody says how many.
const CASES: u64 = 1000;

pub(super) fn start(arguments: &ExploreArguments) -> Result<ExitCode, String> {
    let asked = asked(arguments)?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    // The second time the system's own way: at once.
    let interrupted = ctrlc::set_handler(move || {
        if told.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        complain("ending the search; once more to end at once\n");
    });
    interrupted.map_err(|error| format!("error: an interrupt would not be heard: {error}"))?;
    let bar = Bar::begin(asked.cases, asked.lasting);
    let outcome = search(&asked, &strait_sim::world, &stop, &|progress| bar.show(progress));
    bar.end();
    match arguments.output {
        ExploreOutput::Text => say(&show::text(&asked, &outcome)),
        ExploreOutput::Json => {
            let json = serde_json::to_string_pretty(&show::json(&asked, &outcome)).map_err(|error| error.to_string())?;
            say(&format!("{json}\n"));
        }
    }
    Ok(match (outcome.findings.is_empty(), outcome.ended) {
        (false, _) => ExitCode::from(VIOLATION),
        (true, Ended::Interrupted) => ExitCode::from(INTERRUPTED),
        (true, _) => ExitCode::SUCCESS,
    })
}

fn asked(arguments: &ExploreArguments) -> Result<Search, String> {
    if let Some(name) = &arguments.sabotage
        && sabotage::named(name).is_none()
    {
        let names: Vec<&str> = sabotage::SABOTAGES.iter().map(|(name, _)| *name).collect();
        return Err(format!("error: there is no sabotage `{name}`; allowed: {}", names.join(", ")));
    }
    for id in &arguments.invariants {
        if !INVARIANTS.iter().any(|(known, _)| known == id) {
            let known: Vec<&str> = INVARIANTS.iter().map(|(known, _)| *known).collect();
            return Err(format!("error: `--invariants`: there is no invariant `{id}`; allowed: {}", known.join(", ")));
        }
    }
    let cases = match (arguments.cases, arguments.lasting) {
        (None, None) => Some(CASES),
        (cases, _) => cases.map(NonZeroU64::get),
    };
    let jobs = arguments.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let invariants = (!arguments.invariants.is_empty()).then(|| arguments.invariants.iter().cloned().collect());
    Ok(Search {
        seed: arguments.seed,
        first: arguments.first,
        cases,
        lasting: arguments.lasting,
        jobs,
        judged: Judged { world: arguments.on, invariants, sabotage: arguments.sabotage.clone() },
        until_found: arguments.until_found,
        regressions: Some(arguments.regressions.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
