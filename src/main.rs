//! `strait`: the command line.
//!
//! It reads what was asked for and starts it; what it starts stands in the crates below. Errors of users go to standard error with
//! exit code 2, violations that a run found give exit code 1.
mod client;
mod command;
mod console;
mod demo;
mod doctor;
mod explore;
mod kubernetes;
mod logging;
mod policy;
mod proxy;
mod resource_files;
mod scenario;
mod serve;
mod settings;
mod store;
#[cfg(feature = "lab")]
mod testbed;
mod why;

use clap::Parser;
use command::{Command, CommandLine, GlobalCommand, ZoneCommand};
use std::process::ExitCode;

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Doctor(arguments) => doctor::execute(&arguments),
        Command::Explore(arguments) => explore::execute(&arguments),
        Command::Kubernetes { command } => console::ended(kubernetes::execute(&command)),
        Command::Policy { command } => console::ended(policy::execute(&command)),
        Command::Why(arguments) => console::ended(why::execute(&arguments)),
        Command::Scenario { command } => scenario::execute(command),
        Command::Global { command: GlobalCommand::Run(arguments) } => serve::run_global(*arguments),
        Command::Zone { command: ZoneCommand::Run(arguments) } => serve::run_zone(*arguments),
        Command::Demo(arguments) => demo::execute(&arguments),
        Command::Proxy { command } => proxy::execute(command),
        Command::Ingress { command } => proxy::ingress(command),
        Command::Store { command } => store::execute(&command),
        Command::Backup(arguments) => store::back_up(&arguments),
        Command::Restore(arguments) => store::restore(&arguments),
        #[cfg(feature = "lab")]
        Command::Testbed { command } => testbed::execute(command),
        command => console::ended(client::execute(&command)),
    }
}
