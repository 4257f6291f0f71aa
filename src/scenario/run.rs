//! `strait scenario run`.
use super::{files, progress::Progress, twice};
use crate::{
    command::{Output, RunArguments},
    console::{VIOLATION, complain, say},
};
use std::{collections::BTreeSet, num::NonZeroUsize, process::ExitCode, thread};
use strait_core::Seed;
use strait_scenarios::{
    report,
    runner::{Job, Options, Report, Suite, Verdict, run_all},
    sabotage,
    scenario::Scenario,
};

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode, String> {
    let suite = suite(arguments)?;
    let side_by_side = arguments.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let progress = Progress::begin(suite.jobs.len());
    let reports = run_all(&suite, side_by_side, &strait_sim::world, &|report| progress.done(report));
    progress.end();
    let different = if arguments.verify_determinism { twice::compare(arguments, &reports)? } else { Vec::new() };
    match arguments.output {
        Output::Text => say(&text(&reports, arguments.verify_determinism, &different)),
        Output::Json => {
            let json = serde_json::to_string_pretty(&report::json(&reports, VERSION)).map_err(|error| error.to_string())?;
            say(&format!("{json}\n"));
        }
        Output::Junit => say(&report::junit(&reports, VERSION)),
    }
    if arguments.output != Output::Text {
        different.iter().for_each(|line| complain(&format!("{line}\n")));
    }
    let failed = reports.iter().any(|report| matches!(report.verdict, Verdict::Failed(_)));
    Ok(if failed || !different.is_empty() { ExitCode::from(VIOLATION) } else { ExitCode::SUCCESS })
}

fn suite(arguments: &RunArguments) -> Result<Suite, String> {
    if let Some(name) = &arguments.sabotage
        && sabotage::named(name).is_none()
    {
        let names: Vec<&str> = sabotage::SABOTAGES.iter().map(|(name, _)| *name).collect();
        return Err(format!("error: there is no sabotage `{name}`; allowed: {}", names.join(", ")));
    }
    let mut scenarios = files::load(&files::find(&arguments.paths)?.scenarios)?;
    if scenarios.is_empty() {
        return Err("error: there is no scenario among these files, only sabotages".to_owned());
    }
    if let Some(word) = &arguments.filter {
        scenarios.retain(|scenario| scenario.name.contains(word.as_str()));
        if scenarios.is_empty() {
            return Err(format!("error: no scenario has `{word}` in its name"));
        }
    }
    if arguments.crash.is_some() && scenarios.iter().any(|scenario| scenario.crash_points.is_none()) {
        return Err("error: `--crash` is for scenarios with `crash_points`".to_owned());
    }
    let jobs = jobs(&scenarios, arguments);
    Ok(Suite { scenarios, jobs })
}

fn jobs(scenarios: &[Scenario], arguments: &RunArguments) -> Vec<Job> {
    let worlds: BTreeSet<_> = arguments.on.iter().copied().collect();
    let seeds = (0..arguments.seeds.get()).map(|more| Seed(arguments.seed.0.wrapping_add(u64::try_from(more).unwrap_or_default())));
    let options =
        |seed| Options { seed, sabotage: arguments.sabotage.clone(), trace: arguments.trace.clone(), crash: arguments.crash, judged: None };
    let mut jobs = Vec::new();
    for scenario in 0..scenarios.len() {
        for world in &worlds {
            jobs.extend(seeds.clone().map(|seed| Job { scenario, world: *world, options: options(seed) }));
        }
    }
    jobs
}

fn text(reports: &[Report], compared: bool, different: &[String]) -> String {
    let mut text = report::table(reports);
    for failed in reports.iter().filter_map(|one| report::failure(one, VERSION)) {
        text.push('\n');
        text.push_str(&failed);
    }
    for line in different {
        text.push_str(&format!("\n{line}\n"));
    }
    if compared && different.is_empty() {
        text.push_str("a second process did the same, event by event\n");
    }
    text
}
