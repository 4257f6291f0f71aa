//! `strait scenario`: run, check, schema.
#[cfg(feature = "lab")]
mod alone;
mod files;
#[cfg(feature = "lab")]
mod progress;
#[cfg(feature = "lab")]
mod run;
#[cfg(feature = "lab")]
mod tell;
#[cfg(feature = "lab")]
mod timeline;
#[cfg(feature = "lab")]
mod twice;
#[cfg(feature = "lab")]
mod worlds;

use crate::{
    command::ScenarioCommand,
    console::{ended, say},
};
use std::{path::Path, process::ExitCode};

#[cfg(not(feature = "lab"))]
const WITHOUT_LAB: &str = "this binary was built without the feature `lab`: it has no worlds to run in";

pub(crate) fn execute(command: ScenarioCommand) -> ExitCode {
    let done = match command {
        #[cfg(feature = "lab")]
        ScenarioCommand::Run(arguments) => run::run(&arguments),
        #[cfg(not(feature = "lab"))]
        ScenarioCommand::Run(_) => Err(WITHOUT_LAB.to_owned()),
        ScenarioCommand::Check { paths } => check(&paths),
        ScenarioCommand::Schema => {
            let schema = serde_json::to_string_pretty(&strait_scenarios::language::schema()).expect("a schema is JSON");
            say(&format!("{schema}\n"));
            Ok(ExitCode::SUCCESS)
        }
    };
    ended(done)
}

/// Runs a scenario that this program holds, called as this file, in network namespaces, and tells how it goes.
pub(crate) fn show(held: &[(&str, &str)], envoy: &Path, kubectl: Option<&Path>) -> Result<ExitCode, String> {
    #[cfg(feature = "lab")]
    return alone::show(held, envoy, kubectl);
    #[cfg(not(feature = "lab"))]
    {
        let _ = (held, envoy, kubectl);
        Err(WITHOUT_LAB.to_owned())
    }
}

fn check(paths: &[std::path::PathBuf]) -> Result<ExitCode, String> {
    let found = files::find(paths)?;
    let scenarios = files::load(&found.scenarios)?;
    let sabotages = files::load_sabotages(&found.sabotages)?;
    say(&format!("{} scenarios and {} sabotages are right\n", scenarios.len(), sabotages.len()));
    Ok(ExitCode::SUCCESS)
}
