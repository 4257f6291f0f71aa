//! One control plane as a process on a host.
use super::files::Folder;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    io::{self, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};
use strait_shell::testbed::Faults;

/// Which process, of all that a world has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProcessId(pub(super) u64);

/// A process. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) id: ProcessId,
    child: Child,
    control: ChildStdin,
}

impl Process {
    /// Runs a command whose arguments are complete. Must be called on the thread of the namespace in which it is to live.
    pub(super) fn spawn(id: ProcessId, mut command: Command, folder: &Folder) -> io::Result<(Self, ChildStdout)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(folder.log()?);
        let mut child = command.spawn()?;
        let (Some(control), Some(trace)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        Ok((Self { id, child, control }, trace))
    }

    /// Says what is to be wrong from now on. A process that has just ended does not hear it.
    pub(super) fn want(&mut self, faults: &Faults) {
        if let Ok(mut line) = serde_json::to_string(faults) {
            line.push('\n');
            let _ = self.control.write_all(line.as_bytes());
        }
    }

    /// SIGKILL, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGSTOP or SIGCONT.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        i32::try_from(self.child.id()).is_ok_and(|id| kill(Pid::from_raw(id), signal).is_ok())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
