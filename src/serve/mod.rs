//! `strait global run` and `strait zone run`: a control plane, until it is told to stop.
mod build;
mod certificate;
mod cluster;
mod exit;
mod global;
mod stop;
mod zone;

#[cfg(feature = "lab")]
pub(crate) use build::Build;
pub(crate) use exit::CannotServe;
pub(crate) use global::run as run_global;
#[cfg(feature = "lab")]
pub(crate) use global::run_as as run_global_as;
pub(crate) use zone::run as run_zone;
#[cfg(feature = "lab")]
pub(crate) use zone::run_as as run_zone_as;

use crate::{
    console::{complain, say},
    settings::BadSetting,
};
#[cfg(not(feature = "lab"))]
use build::Build;
use serde::Serialize;
use std::{future::Future, process::ExitCode, time::Duration};
use strait_core::Node;
use strait_shell::{
    process::{DataDir, Life, StartError, Stopped, Surroundings},
    store::StoreError,
    testbed::{Happened, Testbed},
};
use tokio::runtime::{Builder, Runtime};

/// How long what runs in a life may take to end with it.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// One life after the other, each in a runtime of its own, so that nothing of one outlives it.
fn lives<F: Future<Output = Result<Stopped, CannotServe>>>(mut life: impl FnMut() -> F) -> Result<(), CannotServe> {
    loop {
        let runtime: Runtime =
            Builder::new_multi_thread().enable_all().build().map_err(|error| CannotServe::System(format!("no threads: {error}")))?;
        let stopped = runtime.block_on(life());
        // Its listeners are closed before the next one needs their addresses.
        runtime.shutdown_timeout(ENDS_WITHIN);
        match stopped? {
            Stopped::Asked => return Ok(()),
            Stopped::StoreFailed => tracing::warn!("the store can be read again: starting from it"),
        }
    }
}

/// Where it runs.
fn surroundings(wants: Option<&str>) -> Result<Surroundings, CannotServe> {
    let Some(wants) = wants else {
        return Ok(Surroundings::Machine);
    };
    let testbed = Testbed::begin(wants).map_err(|why| BadSetting { name: "--testbed".to_owned(), why })?;
    Ok(Surroundings::Testbed(testbed))
}

/// Begins a life, or tells a testbed why it cannot.
fn begin<N: Node<Input: Serialize, Effect: Serialize>>(
    build: &Build<N>,
    directory: &DataDir,
    surroundings: &Surroundings,
) -> Result<Life<N>, CannotServe> {
    let life = Life::begin(|seed, now, durable, out| (build.recover)(seed, now, durable, out), directory.store(), surroundings);
    if let (Some(tracer), Err(error)) = (surroundings.tracer(), &life) {
        let may_pass = matches!(error, StartError::Store(StoreError::Io { .. }));
        tracer.tell::<N::Input, N::Effect>(Happened::Refused { why: error.to_string(), may_pass });
    }
    Ok(life?)
}

/// Tells a testbed that steps follow.
fn tell_that_it_lives<N: Node<Input: Serialize, Effect: Clone + Serialize>>(life: &Life<N>, surroundings: &Surroundings) {
    if let Some(tracer) = surroundings.tracer() {
        let Life { node, durable, emits, .. } = life;
        let (observation, emits) = (Box::new(node.observe().clone()), emits.clone());
        tracer.tell::<N::Input, N::Effect>(Happened::Started { durable: durable.clone(), observation, emits });
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
