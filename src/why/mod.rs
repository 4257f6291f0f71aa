//! `strait why`: which hop breaks the way from a workload to a name, and what turns that.
mod files;
mod shown;

use crate::{
    client::Client,
    command::{WhyArguments, WhyOutput},
    console::{VIOLATION, say},
};
use std::process::ExitCode;
use strait_core::why::{Question, Verdict, Why, why};

/// Answers it from files, or asks a control plane.
pub(crate) fn execute(arguments: &WhyArguments) -> Result<ExitCode, String> {
    let question = Question::read(arguments.mesh.clone(), &arguments.from, &arguments.to)?;
    let found = if arguments.resources.is_empty() {
        asked(&arguments.api.api, arguments)?
    } else {
        let ground = files::ground(&arguments.resources, arguments.zone.as_ref().or(question.zone.as_ref()))?;
        why(&ground, &question).map_err(|unknown| unknown.to_string())?
    };
    match arguments.output {
        WhyOutput::Text => say(&shown::text(&found)?),
        WhyOutput::Json => say(&format!("{}\n", serde_json::to_string_pretty(&found).map_err(|error| error.to_string())?)),
    }
    Ok(if found.verdict == Verdict::Broken { ExitCode::from(VIOLATION) } else { ExitCode::SUCCESS })
}

/// What a control plane answers.
fn asked(api: &str, arguments: &WhyArguments) -> Result<Why, String> {
    let WhyArguments { from, to, mesh, .. } = arguments;
    let query = [("mesh", mesh.as_str()), ("from", from), ("to", to)].map(|(name, value)| format!("{name}={}", escaped(value)));
    let said = Client::at(api).get(&format!("/why?{}", query.join("&")))?;
    serde_json::from_value(said).map_err(|error| format!("the answer cannot be read: {error}"))
}

/// As a query may hold it.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
