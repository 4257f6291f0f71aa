//! What this program does inside.
use crate::cases::until;
use nix::{
    sys::signal::{Signal, raise},
    unistd::getuid,
};
use std::{
    env, fs,
    process::{self, Command, ExitCode},
    time::Duration,
};
use strait_core::Seed;
use strait_netns_testbed::{Network, Plan, enter::scratch, is_inside, reenter};

pub(crate) fn play(role: &str) -> ExitCode {
    if !is_inside() {
        return match reenter() {
            Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
            Err(why) => {
                eprintln!("{why}");
                ExitCode::from(77)
            }
        };
    }
    match role {
        "exit 7" => return ExitCode::from(7),
        "killed" => raise(Signal::SIGKILL).unwrap(),
        "look around" => look_around(),
        "wait" => wait(),
        "orphans" => orphans(),
        "no room for more" => return no_room_for_more(),
        other => panic!("no such role: {other}"),
    }
    ExitCode::SUCCESS
}

fn look_around() {
    assert!(process::id() > 1 && process::id() < 100, "a process namespace of its own");
    assert_eq!(getuid().as_raw(), 0, "whoever it is outside");
    assert_eq!(env::args().skip(1).collect::<Vec<_>>(), ["--role", "look around"]);
    let in_run: Vec<_> = fs::read_dir("/run").unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(in_run, [scratch()]);
    fs::write(scratch().join("file"), "text").unwrap();
    let processes =
        fs::read_dir("/proc").unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().parse::<u32>().is_ok());
    assert_eq!(processes.count(), 2, "init and this one");
    assert!(Network::build(&Plan::uniform(2, 2), Seed(1)).is_ok());
}

/// Builds a network with a process in it, says which network namespaces there are, and waits for ever.
fn wait() {
    let network = Network::build(&Plan::uniform(2, 3), Seed(1)).unwrap();
    let host = network.namespace(strait_netns_testbed::HostId(0));
    let mut sleeping = host.run(|| Command::new("sleep").arg("1000").spawn()).unwrap();
    let mut namespaces: Vec<String> = fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|task| fs::read_link(task.unwrap().path().join("ns/net")).unwrap().to_string_lossy().into_owned())
        .collect();
    namespaces.sort();
    namespaces.dedup();
    println!("{}", namespaces.join(" "));
    sleeping.wait().unwrap();
}

/// Leaves a process behind that ends when nobody waits for it.
fn orphans() {
    assert!(Command::new("sh").args(["-c", "sleep 0.2 & echo $! > /run/scratch/orphan"]).status().unwrap().success());
    let orphan = fs::read_to_string(scratch().join("orphan")).unwrap();
    let status = || fs::read_to_string(format!("/proc/{}/status", orphan.trim()));
    assert!(status().unwrap().contains("PPid:\t1\n"), "it is init's child now");
    until("it is reaped", Duration::from_secs(10), || status().is_err());
}

/// In a user namespace, which has limits of its own: as root, this would be the machine's.
fn no_room_for_more() -> ExitCode {
    assert_ne!(fs::read_to_string("/proc/self/uid_map").unwrap().split_whitespace().nth(2), Some("4294967295"));
    fs::write("/proc/sys/user/max_net_namespaces", "0").unwrap();
    let why = reenter().unwrap_err();
    println!("{}", why.to_string().replace('\n', " | "));
    ExitCode::SUCCESS
}
