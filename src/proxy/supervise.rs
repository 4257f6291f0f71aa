//! Envoy is kept running, until somebody asks to stop.
use super::{
    backoff::Backoff,
    drain::{drain, nobody_is_there},
    envoy::Envoy,
    exit::CannotRun,
    signals::Signals,
};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use tokio::{process::Child, sync::watch, time::sleep};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Envoy ends at once when it is told to; this is for one that hangs.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Runs it, again and again, until somebody asks to stop. `to_start` changes when there is something else to start with: then connections may end
/// first, as when it is stopped.
pub(super) async fn supervise(envoy: &Envoy, signals: &mut Signals, to_start: &mut watch::Receiver<u64>) -> Result<(), CannotRun> {
    let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let begun = Instant::now();
        to_start.mark_unchanged();
        let mut child = envoy.start().map_err(|error| CannotRun::System(format!("Envoy cannot be started: {error}")))?;
        tracing::info!(pid = child.id(), "Envoy runs");
        let ended = tokio::select! {
            biased;
            signal = signals.asked() => {
                tracing::info!(signal, "stopping");
                return stop(&mut child, envoy, signals).await;
            }
            Ok(()) = to_start.changed() => {
                tracing::info!("Envoy is started anew");
                if renewed(&mut child, envoy, signals).await? {
                    continue;
                }
                return Ok(());
            }
            ended = child.wait() => ended.map_err(unwaited)?,
        };
        let pause = pauses.pause_after(begun.elapsed());
        tracing::warn!(%ended, again_in = ?pause, "Envoy ended by itself; it is started again");
        tokio::select! {
            biased;
            signal = signals.asked() => {
                tracing::info!(signal, "stopping");
                return Ok(());
            }
            () = sleep(pause) => {}
        }
    }
}

/// Ends it for another one, once connections have ended or their time is over. `false`: meanwhile somebody asks to stop, and it has ended for that.
async fn renewed(child: &mut Child, envoy: &Envoy, signals: &mut Signals) -> Result<bool, CannotRun> {
    if let Some(admin) = envoy.admin.as_ref().filter(|_| !envoy.drain_time.is_zero()) {
        match drain(admin).await {
            Ok(()) => {
                tracing::info!(drain_time = ?envoy.drain_time, "connections may end, before Envoy is started anew");
                tokio::select! {
                    biased;
                    ended = child.wait() => {
                        tracing::info!(ended = %ended.map_err(unwaited)?, "Envoy ended");
                        return Ok(true);
                    }
                    signal = signals.asked() => {
                        tracing::info!(signal, "stopping");
                        return stop(child, envoy, signals).await.map(|()| false);
                    }
                    () = nobody_is_there(admin) => tracing::info!("all connections have ended"),
                    () = sleep(envoy.drain_time) => {}
                }
            }
            Err(why) => tracing::warn!(%why, "Envoy cannot be told to drain: connections are cut"),
        }
    }
    terminate(child);
    match wait(child, signals, ENDS_WITHIN).await? {
        Next::Ended => Ok(true),
        Next::Late => end_at_once(child).await.map(|()| true),
        Next::AskedAgain => end_at_once(child).await.map(|()| false),
    }
}

fn terminate(child: &Child) {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        // It may just have ended.
        _ = kill_process(pid, Signal::TERM);
    }
}

/// Lets connections end, then Envoy; whoever asks a second time does not wait.
async fn stop(child: &mut Child, envoy: &Envoy, signals: &mut Signals) -> Result<(), CannotRun> {
    if let Some(admin) = envoy.admin.as_ref().filter(|_| !envoy.drain_time.is_zero()) {
        let told = tokio::select! {
            biased;
            _ = signals.asked() => return end_at_once(child).await,
            told = drain(admin) => told,
        };
        match told {
            Ok(()) => {
                tracing::info!(drain_time = ?envoy.drain_time, "connections may end; once more to stop at once");
                match wait(child, signals, envoy.drain_time).await? {
                    Next::Ended => return Ok(()),
                    Next::AskedAgain => return end_at_once(child).await,
                    Next::Late => {}
                }
            }
            Err(why) => tracing::warn!(%why, "Envoy cannot be told to drain: connections are cut"),
        }
    }
    terminate(child);
    match wait(child, signals, ENDS_WITHIN).await? {
        Next::Ended => Ok(()),
        Next::AskedAgain | Next::Late => end_at_once(child).await,
    }
}

enum Next {
    Ended,
    Late,
    AskedAgain,
}

async fn wait(child: &mut Child, signals: &mut Signals, within: Duration) -> Result<Next, CannotRun> {
    tokio::select! {
        biased;
        ended = child.wait() => {
            tracing::info!(ended = %ended.map_err(unwaited)?, "Envoy ended");
            Ok(Next::Ended)
        }
        _ = signals.asked() => Ok(Next::AskedAgain),
        () = sleep(within) => Ok(Next::Late),
    }
}

async fn end_at_once(child: &mut Child) -> Result<(), CannotRun> {
    tracing::warn!("Envoy is ended at once");
    child.kill().await.map_err(unwaited)
}

#[expect(clippy::needless_pass_by_value, reason = "it is a step of map_err")]
fn unwaited(error: std::io::Error) -> CannotRun {
    CannotRun::System(format!("Envoy cannot be waited for: {error}"))
}
