//! What operators decide.
use super::api::Client;
use crate::console::say;
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
