//! `--verify-determinism`: a second process runs the same, and what happened must be the same.
use crate::command::RunArguments;
use serde_json::Value;
use std::process::{Command, Stdio};
use strait_scenarios::{runner::Report, world::WorldKind};

/// What differs between these runs and those of a second process, in a line each.
pub(super) fn compare(arguments: &RunArguments, reports: &[Report]) -> Result<Vec<String>, String> {
    let (arguments, reports) = (simulated(arguments), reports.iter().filter(|report| report.world != WorldKind::Netns).collect::<Vec<_>>());
    if arguments.on.is_empty() {
        return Err("error: runs in real time are never equal: --verify-determinism is for simulated worlds".to_owned());
    }
    let theirs = run_again(&arguments)?;
    let theirs = theirs["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if theirs.len() != reports.len() {
        return Err(format!("error: the second process made {} runs, this one {}", theirs.len(), reports.len()));
    }
    let differs = |(ours, theirs): (&&Report, &Value)| {
        let trace = theirs["trace"].as_str().unwrap_or_default();
        let replay = format!("strait scenario run {} --on {} --seed {}", ours.file.display(), ours.world, ours.seed);
        (trace != ours.trace).then(|| {
            format!(
                "NOT DETERMINISTIC  scenario={}  world={}  seed={}  trace={} here, {trace} in a second process\n  look: {replay} --trace FOLDER",
                ours.scenario, ours.world, ours.seed, ours.trace
            )
        })
    };
    Ok(reports.iter().zip(theirs).filter_map(differs).collect())
}

/// Without what is not simulated.
fn simulated(arguments: &RunArguments) -> RunArguments {
    let mut arguments = arguments.clone();
    arguments.on.retain(|world| *world != WorldKind::Netns);
    arguments
}

fn run_again(arguments: &RunArguments) -> Result<Value, String> {
    let this = std::env::current_exe().map_err(|error| format!("error: this program cannot be found: {error}"))?;
    let mut command = Command::new(this);
    command.args(["scenario", "run", "--output", "json"]).args(&arguments.paths).stdin(Stdio::null());
    let worlds: Vec<String> = arguments.on.iter().map(ToString::to_string).collect();
    command.arg("--on").arg(worlds.join(","));
    command.arg("--seed").arg(arguments.seed.to_string()).arg("--seeds").arg(arguments.seeds.to_string());
    if let Some(word) = &arguments.filter {
        command.arg("--filter").arg(word);
    }
    if let Some(jobs) = arguments.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    if let Some(crash) = &arguments.crash {
        command.arg("--crash").arg(crash.to_argument());
    }
    if let Some(most) = arguments.crash_points {
        command.arg(format!("--crash-points={most}"));
    }
    if arguments.under_traffic {
        command.arg("--under-traffic");
    }
    if let Some(sabotage) = &arguments.sabotage {
        command.arg("--sabotage").arg(sabotage);
    }
    if !arguments.judge.is_empty() {
        command.arg("--judge").arg(arguments.judge.join(","));
    }
    let output = command.output().map_err(|error| format!("error: the second process cannot be started: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "error: the second process ended with {}, and what it said is no JSON: {error}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    })
}
