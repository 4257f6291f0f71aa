//! `strait explore`: search for a violation.
#[cfg(feature = "lab")]
mod progress;
#[cfg(feature = "lab")]
mod show;
#[cfg(feature = "lab")]
mod start;

use crate::{command::ExploreArguments, console::ended};
use std::process::ExitCode;

pub(crate) fn execute(arguments: &ExploreArguments) -> ExitCode {
    #[cfg(feature = "lab")]
    let done = start::start(arguments);
    #[cfg(not(feature = "lab"))]
    let done = {
        _ = arguments;
        Err("this binary was built without the feature `lab`: it has no simulated worlds to search in".to_owned())
    };
    ended(done)
}
