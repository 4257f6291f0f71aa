//! `strait proxy redirect` on a real kernel: as an ordinary user, in network namespaces of the testbed.
//!
//! It fails where namespaces cannot be entered, and in CI (`CI` is set) also where there is no nft; elsewhere it is skipped then, and says so.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#[path = "../processes/asked.rs"]
#[allow(dead_code, reason = "others need more of it")]
mod asked;
#[path = "../../netns-testbed/tests/cases/mod.rs"]
mod cases;
mod kernel;
mod machine;
mod printed;
mod proxied;

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};
use strait_netns_testbed::{is_inside, reenter};

/// Said to the program that this one becomes as an ordinary user: which part it plays.
const PART: &str = "STRAIT_TEST_PART";
const OUTSIDE: &str = "outside";
const INSIDE: &str = "inside";

fn main() -> ExitCode {
    if is_inside() {
        return cases::run(&[kernel::CASES, proxied::CASES].concat());
    }
    match std::env::var(PART).as_deref() {
        Ok(OUTSIDE) => cases::run(printed::CASES),
        Ok(_) => match reenter() {
            Ok(code) => exit_code(Some(code)),
            Err(why) => {
                eprintln!("{why}");
                ExitCode::from(77)
            }
        },
        Err(_) => both(),
    }
}

fn both() -> ExitCode {
    if machine::nft().is_none() {
        assert!(std::env::var_os("CI").is_none(), "in CI nft must be there: install nftables");
        eprintln!("SKIPPED: no nft");
        return as_ordinary_user(OUTSIDE);
    }
    let outside = as_ordinary_user(OUTSIDE);
    if outside == ExitCode::SUCCESS { as_ordinary_user(INSIDE) } else { outside }
}

/// This program once more, as an ordinary user, who is told where Envoy is: only whoever builds can install it.
fn as_ordinary_user(part: &str) -> ExitCode {
    let mut command = Command::new("/proc/self/exe");
    command.args(std::env::args_os().skip(1)).env(PART, part);
    if let Some(envoy) = xtask::envoy::for_tests() {
        command.env("STRAIT_ENVOY", envoy);
    }
    if rustix::process::geteuid().is_root() {
        command.uid(12345).gid(12345);
    }
    exit_code(command.status().unwrap().code())
}

fn exit_code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
