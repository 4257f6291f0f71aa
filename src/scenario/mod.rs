//! `strait scenario`: run, check, schema.
mod files;
#[cfg(feature = "lab")]
mod progress;
#[cfg(feature = "lab")]
mod run;
#[cfg(feature = "lab")]
mod twice;
#[cfg(feature = "lab")]
mod worlds;

use crate::{
    command::ScenarioCommand,
    console::{ended, say},
};
use std::process::ExitCode;

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
    ended(done)
}

fn check(paths: &[std::path::PathBuf]) -> Result<ExitCode, String> {
    let found = files::find(paths)?;
    let scenarios = files::load(&found.scenarios)?;
    let sabotages = files::load_sabotages(&found.sabotages)?;
    say(&format!("{} scenarios and {} sabotages are right\n", scenarios.len(), sabotages.len()));
    Ok(ExitCode::SUCCESS)
}
