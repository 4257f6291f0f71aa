//! Waiting for a child, and passing signals on to it meanwhile.
use nix::{
    errno::Errno,
    sys::{
        signal::{SigSet, Signal, kill},
        signalfd::{SfdFlags, SignalFd},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{io, process::Child};

/// What ends a program when it is asked to.
const PASSED_ON: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// Signals of this process that are read instead of acted upon.
#[derive(Debug)]
pub(super) struct Signals(SignalFd);

impl Signals {
    /// From now on, no signal that is to be passed on is missed, or ends this process. Children begin with them blocked.
    pub(super) fn read_from_now_on() -> io::Result<Self> {
        let mut set = SigSet::from_iter(PASSED_ON);
        set.add(Signal::SIGCHLD);
        set.thread_block()?;
        Ok(Self(SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC)?))
    }

    /// Waits until `child` has ended, reaps whoever else ends, and passes signals on. Returns the exit code: 128 and the number of
    /// the signal if one ended it.
    pub(super) fn pass_on_until_it_ends(&self, child: &Child) -> io::Result<i32> {
        let child = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        loop {
            if let Some(code) = reap(child)? {
                return Ok(code);
            }
            let Some(signal) = self.0.read_signal().or_else(|error| if error == Errno::EINTR { Ok(None) } else { Err(error) })? else {
                continue;
            };
            let signal = i32::try_from(signal.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok());
            if let Some(signal) = signal.filter(|signal| PASSED_ON.contains(signal)) {
                // It may have ended meanwhile: then there is nobody to tell.
                _ = kill(child, signal);
            }
        }
    }
}

/// Takes note of every child that has ended. Returns the exit code of `child` if it is among them.
fn reap(child: Pid) -> io::Result<Option<i32>> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(who, code)) if who == child => return Ok(Some(code)),
            Ok(WaitStatus::Signaled(who, signal, _)) if who == child => return Ok(Some(128 + signal as i32)),
            Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
