//! The universal form as YAML text, several documents in one file.
use super::{ParseError, json};
use crate::resource::Resource;
use serde_json::Value;

/// Reads every resource of a file. Documents are separated by lines that begin with `---`; empty ones are passed over.
///
/// # Errors
/// Names the document, the line and the field, and says what is allowed.
pub fn from_yaml(text: &str) -> Result<Vec<Resource>, ParseError> {
    let mut resources = Vec::new();
    for (index, (first_line, document)) in documents(text).into_iter().enumerate() {
        let at = |error: ParseError| ParseError { document: Some(index + 1), line: error.line.map(|line| line + first_line - 1), ..error };
        match read(document).map_err(at)? {
            Value::Null => {}
            value => resources.push(json::from_json(&value).map_err(|error| at(locate(error, document)))?),
        }
    }
    Ok(resources)
}

/// Writes one resource, its fields in Kuma's order.
pub fn to_yaml(resource: &Resource) -> String {
    json::fields(resource)
        .into_iter()
        .map(|(field, value)| {
            serde_saphyr::to_string(&Value::Object([(field, value)].into_iter().collect())).expect("YAML can say what JSON can")
        })
        .collect()
}

/// The documents, each with the number of its first line.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut begin, mut first_line) = (Vec::new(), 0, 1);
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        // A document may begin on the line of its separator.
        if let Some(rest) = line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            found.push((first_line, &text[begin..at]));
            begin = at + line.len() - rest.len();
            first_line = index + 1;
        }
        at += line.len();
    }
    found.push((first_line, &text[begin..]));
    found.retain(|(_, document)| document.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')));
    found
}

fn read(document: &str) -> Result<Value, ParseError> {
    serde_saphyr::from_str(document).map_err(|error| {
        let location = error.location();
        let line = location.map(|location| usize::try_from(location.line()).unwrap_or(usize::MAX));
        // The reader counts lines from the beginning of the document; the caller counts them in the file.
        let place = location.map_or_else(String::new, |location| format!("line {} column {}: ", location.line(), location.column()));
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").trim_start_matches(&place).to_owned();
        ParseError { line, ..ParseError::new("", in_our_words(&message)) }
    })
}

/// What the library says to programmers, said to users.
fn in_our_words(message: &str) -> String {
    const SAID: [(&str, &str); 4] = [
        ("multiple YAML documents", "a second document begins without a line `---`"),
        ("recursive references", "an alias refers to itself"),
        ("non-finite float", "infinity and `.nan` are not allowed"),
        ("budget breached", "it is too large, or nested too deeply"),
    ];
    match SAID.iter().find(|(theirs, _)| message.starts_with(theirs)) {
        Some((_, ours)) => (*ours).to_owned(),
        None => message.split(", set ").next().unwrap_or(message).to_owned(),
    }
}

/// The line on which a top-level field stands.
fn locate(error: ParseError, document: &str) -> ParseError {
    let top = error.field.split(['.', '[']).next().unwrap_or_default();
    let stands = |field: &str| {
        let begins = |line: &str| {
            let quote = ['"', '\''].into_iter().find(|quote| line.starts_with(*quote)).map_or_else(String::new, String::from);
            line.strip_prefix(&format!("{quote}{field}{quote}")).is_some_and(|rest| rest.starts_with(':'))
        };
        document.lines().position(begins).filter(|_| !field.is_empty())
    };
    let begin = || document.lines().position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let index = stands(&error.field).or_else(|| stands(top)).or_else(begin);
    ParseError { line: index.map(|index| index + 1), ..error }
}
