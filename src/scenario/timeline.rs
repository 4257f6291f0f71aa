//! `--timeline FILE`: what happened in a run, drawn.
use std::path::{Path, PathBuf};
use strait_scenarios::{
    runner::{Report, Suite, Verdict},
    timeline::{Form, Recorder, draw},
};

/// A timeline that is to be drawn.
pub(super) struct Asked {
    recorder: Recorder,
    form: Form,
    file: PathBuf,
}

/// Records the only run of a suite. `None`: nobody wants to see it.
pub(super) fn record(file: Option<&Path>, suite: &mut Suite, many_times: bool) -> Result<Option<Asked>, String> {
    let Some(file) = file else {
        return Ok(None);
    };
    let form = Form::of(file).map_err(|why| format!("error: --timeline: {why}"))?;
    let ([job], false) = (suite.jobs.as_mut_slice(), many_times) else {
        let only = "one scenario in one world, such as `--on model`, with one seed, and one crash point (`--crash`) if it has some";
        return Err(format!("error: --timeline is for {only}"));
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(format!("error: --timeline: there is no folder {}", folder.display()));
    }
    let of = &suite.scenarios[job.scenario].file;
    let text = std::fs::read_to_string(of).map_err(|error| format!("error: {} cannot be read: {error}", of.display()))?;
    let recorder = Recorder::new(Some(text));
    job.options.recorder = Some(recorder.clone());
    Ok(Some(Asked { recorder, form, file: file.to_path_buf() }))
}

impl Asked {
    /// Draws it. Of a run that was skipped there is nothing to draw.
    pub(super) fn write(&self, report: Option<&Report>) -> Result<(), String> {
        if let Some(Report { verdict: Verdict::Skipped(why), .. }) = report {
            return Err(format!("error: --timeline: nothing was run: {why}"));
        }
        let drawn = draw(&self.recorder.timeline(), self.form);
        std::fs::write(&self.file, drawn).map_err(|error| format!("error: --timeline: {} cannot be written: {error}", self.file.display()))
    }
}
