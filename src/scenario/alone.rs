//! One scenario that this program holds, told while it runs in network namespaces.
use super::{files, tell::teller, worlds};
use crate::console::{VIOLATION, complain, say};
use std::{fs, path::Path, process::ExitCode};
use strait_core::Seed;
use strait_scenarios::{
    invariants::INVARIANTS,
    report,
    runner::{Options, Verdict, run},
    world::WorldKind,
};

/// No choice of the world `netns` is worth another one.
const SEED: Seed = Seed(0x5eed);
/// That nobody says anything once there is nothing to say takes half a minute to see, in which there is nothing to look at.
const SILENCE: &str = "L3";

/// The first of these files, which may name the others.
pub(super) fn show(held: &[(&str, &str)], envoy: &Path, kubectl: Option<&Path>) -> Result<ExitCode, String> {
    if let Some(ended) = worlds::enter(&[WorldKind::Netns]) {
        return Ok(ended);
    }
    let folder = tempfile::Builder::new().prefix("strait-demo").tempdir().map_err(|error| format!("error: {error}"))?;
    for (file, text) in held {
        let file = folder.path().join(file);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        written.map_err(|error| format!("error: {} cannot be written: {error}", file.display()))?;
    }
    let (first, _) = held.first().ok_or("error: there is nothing to show")?;
    let scenarios = files::load(&[folder.path().join(first)])?;
    let scenario = scenarios.first().ok_or("error: there is nothing to show")?;
    let judged = INVARIANTS.iter().map(|(id, _)| (*id).to_owned()).filter(|id| id != SILENCE).collect();
    let options = Options { listener: Some(teller(scenario)?), judged: Some(judged), ..Options::new(SEED) };
    let provided = worlds::Provided { nodes: None, envoy: envoy.to_path_buf(), kubectl: kubectl.map(Path::to_path_buf) };
    let report = run(scenario, WorldKind::Netns, &options, &move |kind, setup: &_| worlds::make(kind, setup, &provided));
    Ok(match &report.verdict {
        Verdict::Passed => {
            say(&format!(
                "{:>8.1} s  all of it as it should be, in {} events, and nothing is left of it\n",
                report.took.as_secs_f64(),
                report.events
            ));
            ExitCode::SUCCESS
        }
        Verdict::Skipped(why) => return Err(format!("error: it cannot be shown here: {why}")),
        // Not the fault of what was to be shown.
        Verdict::Failed(failure) if failure.id == "run" => return Err(format!("error: it cannot be shown here: {}", failure.what)),
        Verdict::Failed(_) => {
            // For who wants to run it again, as is said.
            _ = folder.keep();
            complain(&report::failure(&report, super::run::VERSION).unwrap_or_default());
            ExitCode::from(VIOLATION)
        }
    })
}
