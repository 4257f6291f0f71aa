//! How far a long run has come, on standard error, where a person watches.
use indicatif::{ProgressBar, ProgressStyle};
use strait_scenarios::runner::{Report, Verdict};

/// A bar. Nothing is shown where standard error is not a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn begin(runs: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(runs).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self { bar }
    }

    pub(super) fn done(&self, report: &Report) {
        let verdict = match &report.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "FAILED",
            Verdict::Skipped(_) => "skipped",
        };
        self.bar.set_message(format!("{} in {}: {verdict}", report.scenario, report.world));
        self.bar.inc(1);
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
