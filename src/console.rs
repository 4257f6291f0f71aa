//! What is printed, and how a command ends.
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Something was found that must not be.
pub(crate) const VIOLATION: u8 = 1;
/// The command, or a file it names, is wrong.
const BAD_INPUT: u8 = 2;

/// Writes to standard output. Whoever reads it may have gone, as `head` does.
pub(crate) fn say(text: &str) {
    _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    _ = io::stderr().write_all(text.as_bytes());
}

/// The exit code; what is wrong with the command is said.
pub(crate) fn ended(done: Result<ExitCode, String>) -> ExitCode {
    done.unwrap_or_else(|why| {
        complain(&format!("{}\n", why.trim_end()));
        ExitCode::from(BAD_INPUT)
    })
}

/// Rows as lines, in columns. The last column may be as long as it is.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]], lines: &mut Vec<String>) {
    let last = COLUMNS - 1;
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..last).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row[..last].iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        lines.push(format!("{}  {}", cells.join("  "), row[last]).trim_end().to_owned());
    }
}
