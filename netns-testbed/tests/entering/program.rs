//! Starts this program with a role.
use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

const ROLE: &str = "--role";

/// The role that this process was started with.
pub(crate) fn role() -> Option<String> {
    env::args().skip_while(|argument| argument != ROLE).nth(1)
}

pub(crate) fn with_role(role: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.args([ROLE, role]).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Starts it, and returns it with the first line that it prints.
pub(crate) fn start(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}
