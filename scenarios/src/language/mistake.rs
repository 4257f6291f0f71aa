//! A mistake in a scenario file, shown in its place.
use super::tree::Place;
use std::{fmt, path::PathBuf};

/// So much of a line is shown, and so much before the mistake, in characters.
const SHOWN: usize = 240;
const SHOWN_BEFORE: usize = 160;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub(super) place: Place,
    /// What is wrong.
    pub message: String,
    /// What is allowed, or what was probably meant.
    pub help: String,
}

/// All mistakes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// Which file.
    pub file: PathBuf,
    pub(crate) text: String,
    /// In the order of the file.
    pub mistakes: Vec<Mistake>,
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let Place { line, column, length } = mistake.place;
            let width = line.to_string().len();
            let source = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            // Of a very long line, what is around the mistake.
            let from = (column - 1).saturating_sub(SHOWN_BEFORE);
            let shown: String = source.chars().skip(from).take(SHOWN).collect();
            let (before, left) = (column - 1 - from, shown.chars().count().saturating_sub(column - 1 - from));
            writeln!(f, "error: {}", mistake.message)?;
            writeln!(f, "{:width$}--> {}:{line}:{column}", "", self.file.display())?;
            writeln!(f, "{:width$} |", "")?;
            writeln!(f, "{line} | {shown}")?;
            write!(f, "{:width$} | {}{}", "", " ".repeat(before), "^".repeat(length.min(left).max(1)))?;
            if mistake.help.is_empty() {
                writeln!(f)?;
            } else {
                writeln!(f, " {}", mistake.help)?;
            }
        }
        Ok(())
    }
}
