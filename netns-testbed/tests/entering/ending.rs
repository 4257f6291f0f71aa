//! How it ends inside is how it ends outside.
use crate::{
    cases::Case,
    program::{start, with_role},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{fs, process::Command};

pub(crate) const CASES: &[Case] = &[
    ("the_exit_code_comes_out", the_exit_code_comes_out),
    ("a_signal_that_ends_the_inside_comes_out_as_an_exit_code", a_signal_that_ends_the_inside_comes_out_as_an_exit_code),
    ("a_signal_to_the_outer_process_reaches_the_inside", a_signal_to_the_outer_process_reaches_the_inside),
    ("inside_has_its_own_processes_and_files_in_memory", inside_has_its_own_processes_and_files_in_memory),
    ("orphans_are_reaped", orphans_are_reaped),
];

fn code(mut command: Command) -> Option<i32> {
    command.status().unwrap().code()
}

fn the_exit_code_comes_out() {
    assert_eq!(code(with_role("exit 7")), Some(7));
}

fn a_signal_that_ends_the_inside_comes_out_as_an_exit_code() {
    assert_eq!(code(with_role("killed")), Some(128 + 9));
}

fn a_signal_to_the_outer_process_reaches_the_inside() {
    for signal in [Signal::SIGTERM, Signal::SIGINT].into_iter().filter(|signal| !is_ignored(*signal)) {
        let (mut child, _) = start(with_role("wait"));
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(128 + signal as i32), "{signal}");
    }
}

/// A program that is started in the background, by `nohup` or a shell, ignores what a terminal sends, and so does all that it starts.
fn is_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(ignored, 16).unwrap() >> (signal as i32 - 1) & 1 == 1
}

fn inside_has_its_own_processes_and_files_in_memory() {
    assert_eq!(code(with_role("look around")), Some(0));
}

fn orphans_are_reaped() {
    assert_eq!(code(with_role("orphans")), Some(0));
}
