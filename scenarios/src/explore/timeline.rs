//! The timeline of what was found: its scenario, run once more under a recorder.
use super::{run::Judged, search::Finding};
use crate::{
    language,
    runner::{MakeWorld, Options, run, run_alone},
    timeline::{Recorder, Timeline, html},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Under this name what was found is a scenario where it has no file.
const NAME: &str = "found";

/// Runs what was found again, records it, and draws it beside its file. `None`: it does not fail in the same way, or cannot be run at all.
pub(super) fn record(finding: &Finding, judged: &Judged, make: &MakeWorld) -> Option<Timeline> {
    let (scenario, text) = match &finding.file {
        Some(Ok(file)) => (language::load(file).ok()?, fs::read_to_string(file).ok()?),
        _ => (language::parse(Path::new(&format!("{NAME}.yaml")), finding.written.clone()).ok()?, finding.written.clone()),
    };
    let recorder = Recorder::new(Some(text));
    let options = Options {
        sabotage: judged.sabotage.clone(),
        judged: judged.invariants.clone(),
        recorder: Some(recorder.clone()),
        ..Options::new(finding.seed)
    };
    let report = run_alone(NAME, || run(&scenario, judged.world, &options, make)).ok()?;
    let is_same = report.failure().is_some_and(|failure| failure.id == finding.failure.id);
    is_same.then(|| recorder.timeline())
}

/// Draws it beside the file of the scenario, under the same name.
pub(super) fn write(finding: &Finding) -> Option<Result<PathBuf, String>> {
    let (Some(timeline), Some(Ok(file))) = (&finding.timeline, &finding.file) else {
        return None;
    };
    let picture = file.with_extension("html");
    let written = fs::write(&picture, html(timeline)).map_err(|error| format!("{}: {error}", picture.display()));
    Some(written.map(|()| picture))
}
