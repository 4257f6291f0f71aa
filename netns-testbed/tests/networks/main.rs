//! Real TCP and UDP over an emulated WAN: what a peer sees of delays, losses, rates, cuts and darkness.
//!
//! It fails where namespaces cannot be entered: nothing here can be shown otherwise.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#[path = "../cases/mod.rs"]
mod cases;
mod chance;
mod cuts;
mod delays;
mod ends;
mod hosts;
mod power;
mod rates;

use std::process::ExitCode;
use strait_netns_testbed::{is_inside, reenter};

fn main() -> ExitCode {
    if is_inside() {
        return cases::run(&[hosts::CASES, delays::CASES, chance::CASES, rates::CASES, cuts::CASES, power::CASES].concat());
    }
    match reenter() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(77)
        }
    }
}
