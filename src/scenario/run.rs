//! `strait scenario run`.
use super::{files, progress::Progress, tell::teller, timeline, twice, worlds};
use crate::{
    command::{Output, RunArguments},
    console::{VIOLATION, complain, say},
};
use std::{collections::BTreeSet, num::NonZeroUsize, process::ExitCode, thread};
use strait_core::Seed;
use strait_scenarios::{
    invariants::INVARIANTS,
    report::{self, Agreement},
    runner::{Job, Options, Report, Sample, Suite, Verdict, run_all},
    sabotage,
    scenario::Scenario,
    under_traffic::under_traffic,
    world::WorldKind,
};

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// So many runs in real time go side by side for each processor.
const IN_REAL_TIME: usize = 6;

pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode, String> {
    // Before any thread is started; what is wrong with the arguments is said only once.
    let mut suite = suite(arguments)?;
    let has_points = suite.scenarios.iter().any(|scenario| scenario.crash_points.is_some());
    let many_times = arguments.crash_points.is_some() || (arguments.crash.is_none() && has_points);
    let can_tell = suite.jobs.len() == 1 && !many_times && arguments.output == Output::Text && !arguments.verify_determinism;
    if arguments.tell && !can_tell {
        let only = "one scenario in one world, such as `--on model`, with one seed, one crash point (`--crash`) if it has some, and `--output text`";
        return Err(format!("error: --tell is for {only}"));
    }
    let to_draw = timeline::record(arguments.timeline.as_deref(), &mut suite, many_times)?;
    if let Some(nodes) = arguments.nodes.as_ref().filter(|nodes| !nodes.is_file()) {
        return Err(format!("error: --nodes: there is no program {}", nodes.display()));
    }
    if let Some(ended) = worlds::enter(&arguments.on) {
        return Ok(ended);
    }
    if let (true, Some(job)) = (arguments.tell, suite.jobs.first_mut()) {
        job.options.listener = Some(teller(&suite.scenarios[job.scenario])?);
    }
    let reports = reports(&suite, arguments);
    if let Some(to_draw) = to_draw {
        to_draw.write(reports.first())?;
    }
    let different = if arguments.verify_determinism { twice::compare(arguments, &reports)? } else { Vec::new() };
    let agreement = report::agreement(&reports);
    let own_nodes = arguments.nodes.is_none() && arguments.on.contains(&WorldKind::Netns);
    match arguments.output {
        Output::Text => say(&text(&reports, arguments.verify_determinism, &different, &agreement, own_nodes)),
        Output::Json => {
            let json = serde_json::to_string_pretty(&report::json(&reports, VERSION)).map_err(|error| error.to_string())?;
            say(&format!("{json}\n"));
        }
        Output::Junit => say(&report::junit(&reports, VERSION)),
    }
    if arguments.output != Output::Text {
        different.iter().for_each(|line| complain(&format!("{line}\n")));
        agreement.different.iter().for_each(|line| complain(&format!("NOT AGREED  {line}\n")));
    }
    let failed = reports.iter().any(|report| matches!(report.verdict, Verdict::Failed(_)));
    Ok(if failed || !different.is_empty() || !agreement.different.is_empty() { ExitCode::from(VIOLATION) } else { ExitCode::SUCCESS })
}

/// Runs everything: first what is simulated and keeps the processors busy, then what runs in real time and mostly waits.
fn reports(suite: &Suite, arguments: &RunArguments) -> Vec<Report> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let progress = Progress::begin(suite.jobs.len());
    let provided = worlds::Provided { nodes: arguments.nodes.clone(), envoy: arguments.envoy.clone(), kubectl: arguments.kubectl.clone() };
    let make = move |kind, setup: &_| worlds::make(kind, setup, &provided);
    let side_by_side = arguments.jobs.map_or(processors, NonZeroUsize::get);
    let in_real_time = arguments.netns_jobs.map_or(processors * IN_REAL_TIME, NonZeroUsize::get);
    let reports = run_all(suite, &|world| if world == WorldKind::Netns { in_real_time } else { side_by_side }, &make, &|report| {
        progress.done(report);
    });
    progress.end();
    reports
}

fn suite(arguments: &RunArguments) -> Result<Suite, String> {
    if let Some(name) = &arguments.sabotage
        && sabotage::named(name).is_none()
    {
        let names: Vec<&str> = sabotage::SABOTAGES.iter().map(|(name, _)| *name).collect();
        return Err(format!("error: there is no sabotage `{name}`; allowed: {}", names.join(", ")));
    }
    if let Some(id) = arguments.judge.iter().find(|id| INVARIANTS.iter().all(|(known, _)| known != id)) {
        let ids: Vec<&str> = INVARIANTS.iter().map(|(id, _)| *id).collect();
        return Err(format!("error: there is no invariant `{id}`; allowed: {}", ids.join(", ")));
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
    let crash = arguments.crash.as_ref();
    if crash.is_some_and(|crash| crash.of.is_none()) && scenarios.iter().any(|scenario| scenario.crash_points.is_none()) {
        return Err("error: `--crash` needs to say whose, such as `east:17:torn`, unless the scenario has `crash_points`".to_owned());
    }
    if let Some(of) = crash.and_then(|crash| crash.of.as_ref())
        && let Some(scenario) = scenarios.iter().find(|scenario| scenario.setup(arguments.seed, None).nodes().all(|(who, _)| who != *of))
    {
        return Err(format!("error: there is no control plane `{of}` in {}", scenario.name));
    }
    let scenarios = if arguments.under_traffic { with_traffic(scenarios) } else { scenarios };
    if scenarios.is_empty() {
        return Err("error: none of these scenarios can have traffic beside it".to_owned());
    }
    let jobs = jobs(&scenarios, arguments);
    Ok(Suite { scenarios, jobs })
}

/// Those that can have traffic beside them, with it; of the others it is said why not.
fn with_traffic(scenarios: Vec<Scenario>) -> Vec<Scenario> {
    let with = |scenario: Scenario| {
        let with = under_traffic(&scenario);
        with.map_err(|why| complain(&format!("{} has no traffic beside it: {why}\n", scenario.name))).ok()
    };
    scenarios.into_iter().filter_map(with).collect()
}

fn jobs(scenarios: &[Scenario], arguments: &RunArguments) -> Vec<Job> {
    let worlds: BTreeSet<_> = arguments.on.iter().copied().collect();
    let seeds = (0..arguments.seeds.get()).map(|more| Seed(arguments.seed.0.wrapping_add(u64::try_from(more).unwrap_or_default())));
    let judged: Option<BTreeSet<String>> = (!arguments.judge.is_empty()).then(|| arguments.judge.iter().cloned().collect());
    let options = |seed| Options {
        seed,
        sabotage: arguments.sabotage.clone(),
        trace: arguments.trace.clone(),
        crash: arguments.crash.as_ref().map(|crash| crash.at),
        judged: judged.clone(),
        listener: None,
        recorder: None,
        crash_of: arguments.crash.as_ref().and_then(|crash| crash.of.clone()),
        crashes: arguments.crash_points,
        only_invariants: false,
    };
    let mut jobs = Vec::new();
    for scenario in 0..scenarios.len() {
        for world in &worlds {
            jobs.extend(seeds.clone().map(|seed| Job { scenario, world: *world, options: options(seed) }));
        }
    }
    jobs
}

fn text(reports: &[Report], compared: bool, different: &[String], agreement: &Agreement, own_nodes: bool) -> String {
    let mut text = report::table(reports);
    for failed in reports.iter().filter_map(|one| report::failure(one, VERSION)) {
        text.push('\n');
        text.push_str(&failed);
    }
    for (report, Sample { ran, of }) in reports.iter().filter_map(|report| Some((report, report.sample?))) {
        text.push_str(&format!("{}: crashed at {ran} of {of} points\n", report.scenario));
    }
    for line in different {
        text.push_str(&format!("\n{line}\n"));
    }
    // Simulated worlds are compared quietly: beside a real one people want to see it.
    if reports.iter().any(|report| report.world == WorldKind::Netns) && !agreement.text.is_empty() {
        text.push_str(&format!("\n{}", agreement.text));
    }
    if own_nodes {
        text.push_str("in netns the control planes were those of this program, simulators and all; `--nodes` runs a release's\n");
    }
    for line in &agreement.different {
        text.push_str(&format!("\nNOT AGREED  {line}\n"));
    }
    if compared && different.is_empty() {
        text.push_str("a second process did the same, event by event\n");
    }
    text
}
