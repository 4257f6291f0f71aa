//! Variables in a `Dataplane` file, such as `{{ name }}`: one file serves many machines.
//!
//! As with kuma-dp, but that a variable which nobody set is an error: it leaves it empty, and the proxy then is another than was meant.
use std::collections::BTreeMap;

/// Why they cannot be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadVariable {
    /// Nobody set it.
    Unset { name: String, line: usize },
    /// What stands between the braces is no name.
    NoName { text: String, line: usize },
    /// The braces are not closed on their line.
    Open { line: usize },
}

/// The text with the values of the variables.
pub(super) fn fill_in(text: &str, values: &BTreeMap<String, String>) -> Result<String, BadVariable> {
    let mut filled = String::with_capacity(text.len());
    for (line, content) in text.split_inclusive('\n').enumerate().map(|(index, content)| (index + 1, content)) {
        let mut rest = content;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after.split_once("}}").ok_or(BadVariable::Open { line })?;
            let name = inside.trim();
            if !is_name(name) {
                return Err(BadVariable::NoName { text: name.to_owned(), line });
            }
            let value = values.get(name).ok_or_else(|| BadVariable::Unset { name: name.to_owned(), line })?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
    }
    Ok(filled)
}

/// Whether a variable may be called so.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'))
}

impl std::fmt::Display for BadVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unset { name, line } => write!(f, "line {line}: the variable `{name}` is not set: `--dataplane-var {name}=VALUE`"),
            Self::NoName { text, line } => {
                write!(f, "line {line}: `{text}` is not the name of a variable: letters, digits, `_`, `-` and `.`")
            }
            Self::Open { line } => write!(f, "line {line}: `{{{{` without `}}}}`"),
        }
    }
}
