//! A step in words: as it stands in its file.

/// A step as one line, and with what its file says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StepWords {
    /// The step itself, on one line.
    pub(super) short: String,
    /// The comment above it, then the step, not cut short.
    pub(super) long: String,
}

/// No step is shown at greater length.
const LONGEST: usize = 600;

/// The step that stands at a line (counted from 1) of a file. `None`: there is nothing that could be one.
pub(super) fn step_words(text: &str, line: usize) -> Option<StepWords> {
    let lines: Vec<&str> = text.lines().collect();
    let own = *lines.get(line.checked_sub(1)?)?;
    let item = own.trim_start().strip_prefix("- ")?;
    let depth = own.len() - own.trim_start().len();
    let belongs = |line: &&&str| line.trim().is_empty() || line.len() - line.trim_start().len() > depth;
    let further = lines[line..].iter().take_while(belongs).map(|line| bare(line));
    let words: Vec<&str> = std::iter::once(bare(item)).chain(further).filter(|line| !line.is_empty()).collect();
    let above = lines[..line - 1].iter().rev().map(|line| line.trim()).take_while(|line| line.starts_with('#'));
    let mut comment: Vec<&str> = above.map(|line| line.trim_start_matches(['#', ' '])).collect();
    comment.reverse();
    let short: String = words.join(" ").chars().take(LONGEST).collect();
    let long = if comment.is_empty() { short.clone() } else { format!("{}\n{short}", comment.join(" ")) };
    Some(StepWords { short, long })
}

/// A line without the comment after it.
fn bare(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    line.split_once(" #").map_or(line, |(before, _)| before.trim_end())
}

#[cfg(test)]
mod tests {
    use super::step_words;

    #[test]
    fn a_step_is_its_lines_as_one_and_the_comment_above_is_for_who_looks_closer() {
        let text =
            "steps:\n  # It goes\n  # away.\n  - kill: east   # for good\n  - apply:\n      at: west\n\n      file: a.yaml\n  - wait: 1s\n";
        let kill = step_words(text, 4).unwrap();
        assert_eq!((kill.short.as_str(), kill.long.as_str()), ("kill: east", "It goes away.\nkill: east"));
        assert_eq!(step_words(text, 5).unwrap().short, "apply: at: west file: a.yaml");
        assert_eq!(step_words(text, 9).unwrap().short, "wait: 1s");
        assert_eq!(step_words("steps: [{ wait: 1s }]\n", 1), None);
        assert_eq!(step_words(text, 99), None);
        assert_eq!(step_words(text, 0), None);
    }
}
