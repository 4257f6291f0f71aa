//! What is left when the outer process is killed.
use crate::{
    cases::{Case, until},
    program::{start, with_role},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

pub(crate) const CASES: &[Case] = &[
    ("nothing_is_left_after_kill_9_of_the_outer_process", nothing_is_left_after_kill_9_of_the_outer_process),
    ("nothing_is_left_whenever_it_is_ended", nothing_is_left_whenever_it_is_ended),
    ("two_at_once_do_not_meet", two_at_once_do_not_meet),
];

const MARK: &str = "STRAIT_TEST_MARK";

fn nothing_is_left_after_kill_9_of_the_outer_process() {
    let mark = format!("{MARK}={}", process::id());
    let mut command = with_role("wait");
    command.env(MARK, process::id().to_string());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let (mut outer, namespaces) = start(command);
    let namespaces: Vec<&str> = namespaces.split(' ').collect();
    assert_eq!(namespaces.len(), 10, "the first one, the WAN's, two routers, six hosts: {namespaces:?}");
    assert_eq!(marked(&mark), 4, "outer, init, inside, and a process in a host");
    assert!(in_use(&namespaces) >= 10);

    outer.kill().unwrap();
    outer.wait().unwrap();
    until("no process is left", Duration::from_secs(10), || marked(&mark) == 0);
    until("no namespace is left", Duration::from_secs(10), || in_use(&namespaces) == 0);
    assert_eq!(fs::read_to_string("/proc/self/mounts").unwrap(), mounts);
}

/// Also while namespaces are made, process 1 starts, or the network is built.
fn nothing_is_left_whenever_it_is_ended() {
    let mark = format!("{MARK}={}", process::id());
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        for moment in 0..20 {
            let mut outer = with_role("wait").env(MARK, process::id().to_string()).spawn().unwrap();
            // It is the moment that varies: nothing is waited for.
            std::thread::park_timeout(Duration::from_millis(moment * 3));
            kill(Pid::from_raw(i32::try_from(outer.id()).unwrap()), signal).unwrap();
            outer.wait().unwrap();
            until(&format!("no process is left after {signal} at {moment}"), Duration::from_secs(10), || marked(&mark) == 0);
        }
    }
}

fn two_at_once_do_not_meet() {
    let mut both = [with_role("look around").spawn().unwrap(), with_role("look around").spawn().unwrap()];
    assert!(both.iter_mut().all(|one| one.wait().unwrap().success()));
}

/// How many processes have the mark in their environment; those that have ended and are not reaped have none.
fn marked(mark: &str) -> usize {
    let has_mark =
        |process: &Path| fs::read(process.join("environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == mark.as_bytes()));
    processes().iter().filter(|process| has_mark(process)).count()
}

/// How many threads live in these namespaces.
pub(crate) fn in_use(namespaces: &[&str]) -> usize {
    let tasks = processes().into_iter().flat_map(|process| entries(&process.join("task")));
    tasks
        .filter_map(|task| fs::read_link(task.join("ns/net")).ok())
        .filter(|namespace| namespaces.iter().any(|one| Path::new(one) == namespace))
        .count()
}

fn processes() -> Vec<PathBuf> {
    let is_process = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u32>().is_ok());
    entries(Path::new("/proc")).into_iter().filter(is_process).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}
