//! Process 1 of the new process namespace.
use super::{
    refusal::{CannotEnter, Step},
    signals::Signals,
    stage,
};
use crate::sys;
use nix::{
    mount::{MsFlags, mount},
    sys::{prctl, signal::Signal},
};
use std::{fs, io};

pub(super) fn run(outer: u32) -> Result<i32, CannotEnter> {
    end_with(outer).map_err(|why| CannotEnter::new(Step::EndWithOuter, why))?;
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC, None::<&str>)
        .map_err(|why| CannotEnter::new(Step::Mount { mount_point: "/proc" }, why.into()))?;
    let signals = Signals::read_from_now_on().map_err(|why| CannotEnter::new(Step::Signals, why))?;
    let mut inside = stage::this_program();
    stage::mark_inside(&mut inside);
    sys::with_no_signal_blocked(&mut inside);
    let inside = inside.spawn().map_err(|why| CannotEnter::new(Step::StartInside, why))?;
    signals.pass_on_until_it_ends(&inside).map_err(|why| CannotEnter::new(Step::Wait, why))
}

/// The kernel kills this process when `outer` ends, also if that was before it was asked to.
fn end_with(outer: u32) -> io::Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    // /proc is still the one of outside, so the parent has its number of outside there.
    let status = fs::read_to_string("/proc/self/status")?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).and_then(|number| number.trim().parse().ok());
    if parent == Some(outer) { Ok(()) } else { Err(io::Error::other("the process that started this one has ended")) }
}
