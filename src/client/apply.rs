//! `strait apply`: everything that stands in files is one edit.
use super::api::{Client, Refused};
use crate::{
    command::ApplyArguments,
    console::say,
    resource_files::{Written, read},
};
use serde_json::json;
use std::process::ExitCode;
use strait_core::resource::to_json;
use strait_shell::api::LARGEST_EDIT;

pub(super) fn apply(arguments: &ApplyArguments) -> Result<ExitCode, String> {
    let all = read(&arguments.files)?;
    let changes: Vec<_> = all.iter().map(|written| json!({"put": to_json(&written.resource)})).collect();
    let edit = json!({"changes": changes}).to_string();
    if edit.len() > LARGEST_EDIT {
        return Err(format!(
            "these files are one edit, which is written whole or not at all; it would have {} bytes, and at most {LARGEST_EDIT} are taken: apply them one after the other, or in parts",
            edit.len()
        ));
    }
    let came_to = Client::at(&arguments.api.api).change(edit.as_bytes()).map_err(|refused| in_files(&refused, &all))?;
    for (came_to, written) in came_to.iter().zip(&all) {
        say(&format!("{came_to} {}\n", written.resource.key));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is wrong, in the user's files instead of in the request.
fn in_files(refused: &Refused, all: &[Written]) -> String {
    if refused.fields.is_empty() {
        return refused.why.clone();
    }
    let mut lines: Vec<String> = refused
        .fields
        .iter()
        .map(|(field, why)| match place(field).and_then(|(index, field)| Some((all.get(index)?, field))) {
            Some((written, field)) => written.wrong(field, why),
            None => format!("{field}: {why}"),
        })
        .collect();
    lines.push("nothing was written".to_owned());
    lines.join("\n")
}

/// `changes[3].put.spec.to` is field `spec.to` of the fourth.
fn place(field: &str) -> Option<(usize, &str)> {
    let (index, rest) = field.strip_prefix("changes[")?.split_once(']')?;
    let rest = rest.strip_prefix(".put").unwrap_or(rest);
    Some((index.parse().ok()?, rest.trim_start_matches('.')))
}
