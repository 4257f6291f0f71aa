//! What operators decide.
use super::api::Client;
use crate::{command::RotateArguments, console::say};
use serde_json::json;
use std::process::ExitCode;

/// About one zone, on global: `admit`, `adopt`, `enable`, `disable`, `remove`.
pub(super) fn decide(api: &str, zone: &str, decision: &str) -> Result<ExitCode, String> {
    Client::at(api).post(&format!("/zones/{zone}/_{decision}"), &json!({}))?;
    say(&format!("{decision}: zone {zone}\n"));
    Ok(ExitCode::SUCCESS)
}

/// The history of global is the truth.
pub(super) fn adopt(api: &str) -> Result<ExitCode, String> {
    Client::at(api).post("/_adopt", &json!({}))?;
    say("adopt\n");
    Ok(ExitCode::SUCCESS)
}

/// In a zone: another authority takes the place of the one that vouches for its proxies.
pub(super) fn rotate(arguments: &RotateArguments) -> Result<ExitCode, String> {
    let overlap = arguments.overlap.map(|overlap| format!("{}s", overlap.as_secs()));
    let wanted = json!({"mesh": arguments.mesh, "name": arguments.name, "overlap": overlap});
    Client::at(&arguments.api.api).post("/_rotate", &wanted)?;
    say(&format!("rotate: mesh {}; `strait status` shows how far it is\n", arguments.mesh));
    Ok(ExitCode::SUCCESS)
}
