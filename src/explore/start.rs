//! From what was asked for to a search, and to its exit code.
use super::{progress::Bar, show};
use crate::{
    command::{ExploreArguments, ExploreOutput},
    console::{VIOLATION, complain, say},
};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use strait_scenarios::{
    explore::{Ended, Judged, Search, Source, drawn_names, rehearse, search},
    invariants::INVARIANTS,
    language::{Brings, bring},
    sabotage,
    world::WorldKind,
};

/// Interrupted before anything was found, as shells say it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
/// Cases that are run where nobody says how many.
const CASES: u64 = 1000;
/// Where what is found in drawn topologies is written.
const REGRESSIONS: &str = "scenarios/regressions";
/// Where what is found in a topology of a user's is written.
const FOUND: &str = "found";

pub(super) fn start(arguments: &ExploreArguments) -> Result<ExitCode, String> {
    let asked = asked(arguments)?;
    rehearsed(&asked)?;
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
    if arguments.first.checked_add(cases.unwrap_or(1)).is_none() {
        return Err(format!(
            "error: `--first {}`: there are no {} cases from there on; the last is {}",
            arguments.first,
            cases.unwrap_or(1),
            u64::MAX
        ));
    }
    if arguments.on == WorldKind::Netns {
        return Err("error: `--on netns`: exploration needs a simulated world: `model` or `turmoil`".to_owned());
    }
    let (source, found) = match &arguments.topology {
        Some(topology) => (brought(arguments, topology)?, FOUND),
        None => (Source::Drawn, REGRESSIONS),
    };
    Ok(Search {
        source,
        guided: !arguments.unguided,
        seed: arguments.seed,
        first: arguments.first,
        cases,
        lasting: arguments.lasting,
        jobs,
        judged: Judged { world: arguments.on, invariants, sabotage: arguments.sabotage.clone() },
        until_found: arguments.until_found,
        regressions: Some(arguments.regressions.clone().unwrap_or_else(|| PathBuf::from(found))),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// What a user brought.
fn brought(arguments: &ExploreArguments, topology: &Path) -> Result<Source, String> {
    let (resources, never) = (arguments.resources.as_deref(), arguments.never.as_deref());
    let venue = bring(&Brings { topology, resources, never, drawn: &drawn_names() })?;
    let mut words = format!("--topology {}", quoted(topology));
    for (option, path) in [("resources", resources), ("never", never)] {
        if let Some(path) = path {
            words.push_str(&format!(" --{option} {}", quoted(path)));
        }
    }
    Ok(Source::Brought { venue: Arc::new(venue), words })
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '/' | '.' | '+' | ','));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// What a user brought must work by itself, and one case must fit into the time that there is.
fn rehearsed(asked: &Search) -> Result<(), String> {
    let Source::Brought { venue, words } = &asked.source else { return Ok(()) };
    let takes = rehearse(venue, &asked.judged, asked.case_seed(asked.first), &strait_sim::world)
        .map_err(|why| format!("error: `{words}`: {why}"))?;
    match asked.lasting {
        Some(lasting) if takes >= lasting => Err(format!(
            "error: `--for`: one case takes about {:.1} s in this topology with nothing drawn, which is all the time there is; give it more, or make the topology smaller",
            takes.as_secs_f64()
        )),
        _ => Ok(()),
    }
}
