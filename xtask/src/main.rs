//! `cargo xtask gen` writes the generated code of `proto/`; `cargo xtask gen --check` fails when it is stale. `cargo xtask envoy` and
//! `cargo xtask kubectl` install what tests use, if need be, and say where it is.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a command-line tool talks to its user")]

use std::{path::PathBuf, process::ExitCode};

use xtask::generate::{self, FIX};

const USAGE: &str = "usage: cargo xtask gen [--check]\n       cargo xtask envoy\n       cargo xtask kubectl";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["gen"] => write(),
        ["gen", "--check"] => check(),
        ["envoy"] => return say(xtask::envoy::path()),
        ["kubectl"] => return say(xtask::kubectl::path()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

fn say(path: Result<PathBuf, String>) -> ExitCode {
    match path {
        Ok(path) => {
            println!("{}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<ExitCode, generate::GenerateError> {
    for path in generate::write(&generate::workspace_root())? {
        println!("updated {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, generate::GenerateError> {
    let stale = generate::stale(&generate::workspace_root())?;
    for file in &stale {
        eprintln!("{file}; `{FIX}` fixes it");
    }
    Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
