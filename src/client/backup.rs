//! A copy of what a control plane keeps that runs.
use super::api::Client;
use std::io::Write;

/// Writes it as it comes.
pub(crate) fn fetch(api: &str, to: &mut impl Write) -> Result<(), String> {
    Client::at(api).download("/backup", to)
}
