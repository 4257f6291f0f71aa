//! `strait global run` and `strait zone run`: a control plane, until it is told to stop.
mod certificate;
mod exit;
mod global;
mod logging;
mod stop;
mod zone;

pub(crate) use exit::CannotServe;
pub(crate) use global::run as run_global;
pub(crate) use zone::run as run_zone;

use crate::console::{complain, say};
use serde::Serialize;
use std::{future::Future, process::ExitCode};
use strait_shell::process::Stopped;
use tokio::runtime::{Builder, Runtime};

/// One life after the other, each in a runtime of its own, so that nothing of one outlives it.
fn lives<F: Future<Output = Result<Stopped, CannotServe>>>(mut life: impl FnMut() -> F) -> Result<(), CannotServe> {
    loop {
        let runtime: Runtime =
            Builder::new_multi_thread().enable_all().build().map_err(|error| CannotServe::System(format!("no threads: {error}")))?;
        let stopped = runtime.block_on(life());
        runtime.shutdown_background();
        match stopped? {
            Stopped::Asked => return Ok(()),
            Stopped::StoreFailed => tracing::warn!("the store can be read again: starting from it"),
        }
    }
}

/// Prints settings as they are, with secrets masked.
fn shown(settings: &impl Serialize) -> Result<(), CannotServe> {
    say(&serde_saphyr::to_string(settings).map_err(|error| CannotServe::System(error.to_string()))?);
    Ok(())
}

/// The exit code; why it does not run is said.
pub(crate) fn ended(what: &str, done: Result<(), CannotServe>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&format!("strait {what}: {why}\n"));
            why.code()
        }
    }
}
