//! The same without root.
use crate::{
    cases::Case,
    program::{start, with_role},
};
use nix::unistd::geteuid;
use std::{os::unix::process::CommandExt, process::Command};

pub(crate) const CASES: &[Case] =
    &[("no_root_is_needed", no_root_is_needed), ("without_root_nothing_is_left", without_root_nothing_is_left)];

/// As somebody who owns nothing; where this is not root, it is an ordinary user already.
pub(crate) fn as_ordinary_user(role: &str) -> Command {
    let mut command = with_role(role);
    if geteuid().is_root() {
        command.uid(12345).gid(12345);
    }
    command
}

fn no_root_is_needed() {
    assert_eq!(as_ordinary_user("look around").status().unwrap().code(), Some(0));
    assert_eq!(as_ordinary_user("orphans").status().unwrap().code(), Some(0));
}

fn without_root_nothing_is_left() {
    let (mut outer, namespaces) = start(as_ordinary_user("wait"));
    assert_eq!(namespaces.split(' ').count(), 10, "{namespaces}");
    outer.kill().unwrap();
    outer.wait().unwrap();
    let namespaces: Vec<&str> = namespaces.split(' ').collect();
    crate::cases::until("no namespace is left", std::time::Duration::from_secs(10), || crate::left_behind::in_use(&namespaces) == 0);
}
