//! Envoy ends when its launcher does, also when that is killed.
//!
//! Linux ends a process with its parent if the process itself asks for that. So what is started is this program once more: it asks, and
//! then becomes Envoy, which inherits it. The system forgets it where Envoy's file has capabilities of its own (`setcap`): give them to the launcher, as
//! with systemd's `AmbientCapabilities`.
use std::{ffi::OsString, path::Path, process::ExitCode};
use tokio::process::Command;

/// A command that becomes this program, and ends with this process.
#[cfg(target_os = "linux")]
pub(super) fn command(program: &Path, arguments: &[OsString]) -> Command {
    // Not by its path: what stands there may have been replaced by another release.
    let mut command = Command::new("/proc/self/exe");
    command.args(["proxy", "envoy", "--launcher"]).arg(std::process::id().to_string()).arg("--").arg(program).args(arguments);
    command
}

/// A command that runs this program. No other system offers the rest to safe code.
#[cfg(not(target_os = "linux"))]
pub(super) fn command(program: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// What such a command does. Returns only if it cannot.
#[cfg(target_os = "linux")]
pub(super) fn become_envoy(launcher: u32, program: &Path, arguments: &[OsString]) -> ExitCode {
    use crate::console::complain;
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt as _;

    let failed = |why: std::io::Error| {
        complain(&format!("strait proxy: {}: {why}\n", program.display()));
        ExitCode::from(super::exit::SYSTEM)
    };
    if let Err(why) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return failed(why.into());
    }
    // It may have gone before it was asked.
    if getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs()) != Some(launcher) {
        return ExitCode::SUCCESS;
    }
    failed(std::process::Command::new(program).args(arguments).exec())
}

/// Nobody is started so here.
#[cfg(not(target_os = "linux"))]
pub(super) fn become_envoy(_: u32, _: &Path, _: &[OsString]) -> ExitCode {
    ExitCode::from(super::exit::SYSTEM)
}
