//! Commands that ask a control plane that runs, over its API.
mod api;
mod apply;
mod backup;
mod operate;
mod resources;
mod status;
mod token;

pub(crate) use api::Client;
pub(crate) use backup::fetch as fetch_backup;

use crate::command::{Command, DecideArguments, GlobalCommand, TokenCommand, ZoneCommand};
use std::process::ExitCode;

/// Carries out a command that asks a control plane.
pub(crate) fn execute(command: &Command) -> Result<ExitCode, String> {
    let decide = |arguments: &DecideArguments, decision| operate::decide(&arguments.api.api, arguments.name.as_str(), decision);
    match command {
        Command::Apply(arguments) => apply::apply(arguments),
        Command::Get(arguments) => resources::get(arguments),
        Command::Delete(arguments) => resources::delete(arguments),
        Command::Status(arguments) => status::status(arguments),
        Command::Rotate(arguments) => operate::rotate(arguments),
        Command::Global { command: GlobalCommand::Adopt(arguments) } => operate::adopt(&arguments.api),
        Command::Token { command: TokenCommand::Dataplane(arguments) } => token::for_proxies(arguments),
        Command::Zone { command } => match command {
            ZoneCommand::Token(arguments) => token::for_zone(arguments),
            ZoneCommand::Admit(arguments) => decide(arguments, "admit"),
            ZoneCommand::Adopt(arguments) => decide(arguments, "adopt"),
            ZoneCommand::Enable(arguments) => decide(arguments, "enable"),
            ZoneCommand::Disable(arguments) => decide(arguments, "disable"),
            ZoneCommand::Remove(arguments) => decide(arguments, "remove"),
            ZoneCommand::Run(_) => unreachable!("it asks nobody"),
        },
        // Everything else runs by itself.
        _ => unreachable!("it asks nobody"),
    }
}
