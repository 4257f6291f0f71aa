//! What went wrong in one run, and how to see it again.
use crate::runner::Report;
use std::fmt::Write;

/// The block that is printed for a run that failed; `None` if it did not.
pub fn failure(report: &Report, version: &str) -> Option<String> {
    let failure = report.failure()?;
    let mut text = String::new();
    let mut line = |line: String| _ = writeln!(text, "{line}");
    let sabotage = report.sabotage.as_ref().map_or_else(String::new, |name| format!("  sabotage={name}"));
    line(format!(
        "FAILED {} {}  scenario={}  world={}  seed={}{sabotage}  version={version}  trace={}",
        failure.id,
        failure.slug,
        report.scenario,
        report.world,
        report.seed,
        report.trace.get(..8).unwrap_or("none")
    ));
    line(format!("  replay: {}", report.replay()));
    let step = failure.step.map_or_else(
        || "after the last step".to_owned(),
        |(number, at_line)| format!("step {number} ({}:{at_line})", report.file.display()),
    );
    line(format!("  {step} @ {}  {}: {}", failure.at, failure.node, failure.what));
    if let Some(crash) = report.crash {
        let of = report.crash_of.as_ref().map_or_else(String::new, |who| format!(" of {who}"));
        line(format!("  with a crash{of} after emit {} of the crash window, disk: {:?}", crash.after, crash.disk));
    }
    for recent in &failure.recent {
        line(format!("    {recent}"));
    }
    Some(text)
}
