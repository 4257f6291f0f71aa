//! Commands about what a control plane keeps: to check it, to copy it, to bring it back.
mod backup;
mod check;
mod restore;

use crate::{
    command::{BackupArguments, RestoreArguments, StoreCommand},
    serve::ended,
};
use std::process::ExitCode;

/// `strait store`.
pub(crate) fn execute(command: &StoreCommand) -> ExitCode {
    match command {
        StoreCommand::Check(arguments) => ended("store check", check::check(arguments)),
    }
}

/// `strait backup`.
pub(crate) fn back_up(arguments: &BackupArguments) -> ExitCode {
    ended("backup", backup::back_up(arguments))
}

/// `strait restore`.
pub(crate) fn restore(arguments: &RestoreArguments) -> ExitCode {
    ended("restore", restore::restore(arguments))
}
