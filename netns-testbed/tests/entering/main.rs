//! What the process that was started, whoever started it, and the machine see of entering namespaces.
//!
//! The cases run outside, and start this program again with a role to play inside. It fails where namespaces cannot be entered.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#[path = "../cases/mod.rs"]
mod cases;
mod ending;
mod left_behind;
mod ordinary_user;
mod program;
mod refused;
mod roles;

use std::process::ExitCode;

fn main() -> ExitCode {
    match program::role() {
        Some(role) => roles::play(&role),
        None => cases::run(&[ending::CASES, left_behind::CASES, ordinary_user::CASES, refused::CASES].concat()),
    }
}
