//! `strait doctor` says whether scenarios can run on real processes, and what is missing.
#![cfg(all(feature = "lab", target_os = "linux"))]
#![allow(missing_docs, clippy::unwrap_used)]
use serde_json::Value;
use std::process::{Command, Output};

fn doctor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).arg("doctor").args(arguments).output().unwrap()
}

#[test]
fn a_machine_that_can_enter_namespaces_is_told_what_was_found() {
    let output = doctor(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for what in ["namespaces", "file descriptors", "network", "WAN emulator", "packets one by one"] {
        assert!(text.lines().any(|line| line.starts_with(what)), "{what} is not in:\n{text}");
    }
}

#[test]
fn machines_read_the_same() {
    let output = doctor(&["--output", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["fine"], true, "{said:#}");
    let checks = said["checks"].as_array().unwrap();
    assert!(checks.len() >= 5);
    for check in checks {
        assert!(["fine", "limited"].contains(&check["verdict"].as_str().unwrap()), "{check:#}");
        assert!(check["what"].is_string() && check["found"].is_string() && check["advice"].is_string(), "{check:#}");
    }
}

/// What is said when it cannot be: a user may make no more namespaces, as in containers.
#[test]
fn a_machine_that_cannot_is_told_why_and_what_to_do() {
    // A namespace of this test's own, in which no others may be made.
    let script = "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$0\" doctor --output json";
    let output =
        Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", script, env!("CARGO_BIN_EXE_strait")]).output().unwrap();
    let said: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.code(), Some(1), "{said:#}");
    assert_eq!(said["fine"], false);
    let check = &said["checks"][0];
    assert_eq!((&check["what"], &check["verdict"]), (&"namespaces".into(), &"missing".into()));
    assert!(check["found"].as_str().unwrap().contains("unshare("), "{check:#}");
    assert!(check["advice"].as_str().unwrap().contains("user.max_net_namespaces is 0"), "{check:#}");
}
