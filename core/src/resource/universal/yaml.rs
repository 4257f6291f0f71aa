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
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((first_line, &text[begin..at]));
            begin = at + line.len();
            first_line = index + 2;
        }
        at += line.len();
    }
    found.push((first_line, &text[begin..]));
    found.retain(|(_, document)| document.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')));
    found
}

fn read(document: &str) -> Result<Value, ParseError> {
    serde_saphyr::from_str(document).map_err(|error| {
        let line = error.location().map(|location| usize::try_from(location.line()).unwrap_or(usize::MAX));
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        ParseError { line, ..ParseError::new("", message) }
    })
}

/// The line on which a top-level field stands.
fn locate(error: ParseError, document: &str) -> ParseError {
    let top = error.field.split(['.', '[']).next().unwrap_or_default();
    let position = document.lines().position(|line| line.strip_prefix(top).is_some_and(|rest| rest.starts_with(':')));
    let begin = document.lines().position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    ParseError { line: position.filter(|_| !top.is_empty()).or(begin).map(|index| index + 1), ..error }
}
