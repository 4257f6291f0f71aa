//! `strait`: the command line.
//!
//! It reads what was asked for and starts it; what it starts stands in the crates below. Errors of users go to standard error with
//! exit code 2, violations that a run found give exit code 1.
mod command;
mod console;
mod explore;
mod scenario;

use clap::Parser;
use command::{Command, CommandLine};
use std::process::ExitCode;

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Explore(arguments) => explore::execute(&arguments),
        Command::Scenario { command } => scenario::execute(command),
    }
}
