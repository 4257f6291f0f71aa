//! `strait scenario`: run, check, schema.
mod files;
#[cfg(feature = "lab")]
mod progress;
#[cfg(feature = "lab")]
mod run;
#[cfg(feature = "lab")]
mod twice;

use crate::command::ScenarioCommand;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Something was found that must not be.
const VIOLATION: u8 = 1;
/// The command, or a file it names, is wrong.
const BAD_INPUT: u8 = 2;

pub(crate) fn execute(command: ScenarioCommand) -> ExitCode {
    let done = match command {
        #[cfg(feature = "lab")]
        ScenarioCommand::Run(arguments) => run::run(&arguments),
        #[cfg(not(feature = "lab"))]
        ScenarioCommand::Run(_) => Err("this binary was built without the feature `lab`: it has no simulated worlds to run in".to_owned()),
        ScenarioCommand::Check { paths } => check(&paths),
        ScenarioCommand::Schema => {
            let schema = serde_json::to_string_pretty(&strait_scenarios::language::schema()).expect("a schema is JSON");
            say(&format!("{schema}\n"));
            Ok(ExitCode::SUCCESS)
        }
    };
    done.unwrap_or_else(|why| {
        complain(&format!("{}\n", why.trim_end()));
        ExitCode::from(BAD_INPUT)
    })
}

fn check(paths: &[std::path::PathBuf]) -> Result<ExitCode, String> {
    let found = files::find(paths)?;
    let scenarios = files::load(&found.scenarios)?;
    let sabotages = files::load_sabotages(&found.sabotages)?;
    say(&format!("{} scenarios and {} sabotages are right\n", scenarios.len(), sabotages.len()));
    Ok(ExitCode::SUCCESS)
}

/// Writes to standard output. Whoever reads it may have gone, as `head` does.
fn say(text: &str) {
    _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}

/// Writes to standard error.
fn complain(text: &str) {
    _ = io::stderr().write_all(text.as_bytes());
}
