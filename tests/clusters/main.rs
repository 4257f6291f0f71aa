//! Pods of a cluster on a real kernel: as an ordinary user, in network namespaces of the testbed.
//!
//! It fails where namespaces cannot be entered, and in CI (`CI` is set) also where there is no nft; elsewhere it is skipped then, and says so.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#[path = "../../netns-testbed/tests/cases/mod.rs"]
mod cases;
mod containers;
mod services;
mod town;

use std::{
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, ExitCode},
};
use strait_netns_testbed::{is_inside, reenter};

/// Said to the program that this one becomes as an ordinary user.
const ORDINARY: &str = "STRAIT_TEST_ORDINARY";

fn main() -> ExitCode {
    if is_inside() {
        return cases::run(&[containers::CASES, services::CASES].concat());
    }
    if std::env::var_os(ORDINARY).is_some() {
        return match reenter() {
            Ok(code) => exit_code(Some(code)),
            Err(why) => {
                eprintln!("{why}");
                ExitCode::from(77)
            }
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    if !folders.any(|folder| Path::new(&folder).join("nft").is_file()) {
        assert!(std::env::var_os("CI").is_none(), "in CI nft must be there: install nftables");
        eprintln!("SKIPPED: no nft");
        return ExitCode::SUCCESS;
    }
    let mut command = Command::new("/proc/self/exe");
    command.args(std::env::args_os().skip(1)).env(ORDINARY, "yes");
    if rustix::process::geteuid().is_root() {
        command.uid(12345).gid(12345);
    }
    exit_code(command.status().unwrap().code())
}

fn exit_code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
