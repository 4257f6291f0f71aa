//! `--tell`: what a run does and what comes of it, step by step, while it goes on.
//!
//! A step is told in the words of the comment above it in its file; without one, as it stands there.
use crate::console::say;
use std::time::Duration;
use strait_scenarios::{
    runner::{Listener, Telling, Told},
    scenario::Scenario,
};

/// What is waited for longer than this is told with how long that was.
const LONG: Duration = Duration::from_secs(1);

/// Tells on standard output how a run of this scenario goes.
pub(super) fn teller(scenario: &Scenario) -> Result<Listener, String> {
    let text =
        std::fs::read_to_string(&scenario.file).map_err(|error| format!("error: {} cannot be read: {error}", scenario.file.display()))?;
    say(&format!("{}\n", scenario.why.trim()));
    Ok(Listener::new(move |told| say(&line(&text, told))))
}

/// A line, or none.
fn line(text: &str, Told { at, line, what }: &Told) -> String {
    let begins = |words: &str| format!("{:>8}  {words}\n", seconds(Duration::from_millis(at.0)));
    let came = match what {
        Telling::Begins => return begins(&words(text, *line)),
        Telling::Settles => return begins("What is cut or down is mended. All must come to agree."),
        Telling::Done(took) if *took < LONG => return String::new(),
        Telling::Done(took) => format!("after {}", seconds(*took)),
        Telling::Answered(answer, took) => format!("{answer}   (after {} ms)", took.as_millis()),
        Telling::Counted(counts) => {
            let last = counts.last_failure.as_ref().map(|why| format!("; the last: {why}")).unwrap_or_default();
            format!("{} answered, {} denied, {} failed{last}", counts.answered, counts.denied, counts.failed)
        }
    };
    format!("{:>8}  -> {came}\n", "")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// The comment above a line of a file, or the line itself.
fn words(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().take(line).map(str::trim).collect();
    let Some((own, before)) = lines.split_last() else {
        return String::new();
    };
    let begins = before.iter().rposition(|line| !line.starts_with('#')).map_or(0, |last| last + 1);
    let comment: Vec<&str> = before[begins..].iter().map(|line| line.trim_start_matches(['#', ' '])).collect();
    if comment.is_empty() { own.trim_start_matches("- ").to_owned() } else { comment.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_step_is_told_by_the_comment_above_it_or_as_it_stands() {
        let text = "steps:\n  # It goes\n  # away.\n  - kill: east\n  - restart: east\n";
        assert_eq!(words(text, 4), "It goes away.");
        assert_eq!(words(text, 5), "restart: east");
    }
}
