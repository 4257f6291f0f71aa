//! How far a search has come, on standard error, where a person watches.
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use strait_scenarios::explore::{MARKS, Progress};

/// A bar, or a spinner where nobody said how many cases. Nothing is shown where standard error is not a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub(super) fn begin(cases: Option<u64>, lasting: Option<Duration>) -> Self {
        let (bar, shape) = match cases {
            Some(cases) => (ProgressBar::new(cases), "{bar:30} {pos}/{len} cases  {per_sec}  {elapsed}  {msg}"),
            None => (ProgressBar::new_spinner(), "{spinner} {pos} cases  {per_sec}  {elapsed}  {msg}"),
        };
        bar.set_style(ProgressStyle::with_template(shape).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        if let (None, Some(lasting)) = (cases, lasting) {
            bar.set_message(format!("of {lasting:?}"));
        }
        Self { bar }
    }

    pub(super) fn show(&self, progress: Progress) {
        let broken = if progress.broken == 0 { String::new() } else { format!(", {} invariants broken", progress.broken) };
        self.bar.set_message(format!("{} of {} marks{broken}", progress.reached, MARKS.len()));
        self.bar.set_position(progress.cases);
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
