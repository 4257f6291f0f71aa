//! Copies of what control planes keep: `strait backup` and `strait restore`, as an operator runs them on the host.
//!
//! A model of Kuma's, and a process that stands still, cannot be asked: then the store's file is copied, as a snapshot of a disk is.
use super::{host::Host, programs::Programs};
use crate::namespace::Namespace;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use strait_core::{Durable, node::mark_backup, sync::Dialect};
use strait_shell::store::{read_at_rest, write_at_rest};

/// A backup of a few records takes milliseconds.
const DONE_WITHIN: Duration = Duration::from_secs(60);

/// A copy that was kept.
#[derive(Clone, Debug)]
pub(super) enum Copy {
    /// The file that `strait backup` wrote.
    Written(PathBuf),
    /// What the store's file held.
    Taken(Durable),
}

/// Keeps a copy, in this file if it is one.
///
/// # Errors
/// Why there is none: a disk that cannot be read cannot be copied either.
pub(super) fn take(host: &Host, namespace: &Namespace, programs: &Programs, file: PathBuf) -> Result<Copy, String> {
    if host.build.dialect == Dialect::Kuma || host.is_paused {
        return taken(host).map(Copy::Taken);
    }
    let mut command = operator(programs, "backup", &file);
    if host.process.is_none() {
        command.arg("--data-dir").arg(host.folder.data());
    }
    run(command, namespace)?;
    Ok(Copy::Written(file))
}

/// Between two of the process's writes: what a crash would leave there.
fn taken(host: &Host) -> Result<Durable, String> {
    let held = host.process.as_ref().filter(|_| !host.is_paused).filter(|process| process.signal(Signal::SIGSTOP));
    let copy = host.folder.store().with_extension("copy");
    let copied = fs::copy(host.folder.store(), &copy).map_err(|error| error.to_string());
    let copied = copied.and_then(|_| read_at_rest(&copy).map_err(|error| error.to_string()));
    if let Some(process) = held {
        process.signal(Signal::SIGCONT);
    }
    let _ = fs::remove_file(copy);
    let mut durable = copied?;
    mark_backup(&mut durable);
    Ok(durable)
}

/// Replaces what the host's disk holds by a copy. Its process must have ended.
///
/// # Errors
/// Why it is not there now.
pub(super) fn bring_back(copy: &Copy, host: &Host, namespace: &Namespace, programs: &Programs) -> Result<(), String> {
    match copy {
        Copy::Written(file) => {
            let mut command = operator(programs, "restore", file);
            command.arg("--data-dir").arg(host.folder.data());
            run(command, namespace)?;
            // What is remembered beside the store is about the one before.
            host.folder.forget_undo().map_err(|error| error.to_string())
        }
        Copy::Taken(durable) => {
            host.folder.empty_store().map_err(|error| error.to_string())?;
            write_at_rest(&host.folder.store(), durable).map_err(|error| error.to_string())
        }
    }
}

fn operator(programs: &Programs, what: &str, file: &Path) -> Command {
    let mut command = Command::new(&programs.nodes);
    super::host::without_settings(&mut command);
    command.arg(what).arg(file).arg("--replace");
    command
}

/// Runs a command of an operator's on the host. One that does not end in time has failed.
fn run(mut command: Command, namespace: &Namespace) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = namespace.run(move || command.spawn()).map_err(|error| error.to_string())?;
    let id = i32::try_from(child.id()).map_err(|error| error.to_string())?;
    let (ended, output) = mpsc::channel();
    let wait = move || _ = ended.send(child.wait_with_output());
    thread::Builder::new().name("operator".to_owned()).spawn(wait).map_err(|error| error.to_string())?;
    match output.recv_timeout(DONE_WITHIN) {
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
            Err(format!("it has not ended within {} s", DONE_WITHIN.as_secs()))
        }
    }
}
