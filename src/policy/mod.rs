//! `strait policy`: what policies come to. It asks no control plane.
mod resolve;
mod table;

pub(crate) use resolve::refuse_wrong;

use crate::command::PolicyCommand;
use std::process::ExitCode;

/// Carries out a command about policies.
pub(crate) fn execute(command: &PolicyCommand) -> Result<ExitCode, String> {
    match command {
        PolicyCommand::Resolve(arguments) => resolve::resolve(arguments),
    }
}
