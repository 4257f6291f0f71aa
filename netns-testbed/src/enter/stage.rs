//! Which of the three processes this is: see [`super`].
use std::{env, ffi::OsString, fs, process::Command};

const VARIABLE: &str = "STRAIT_NETNS";
const INIT: &str = "init:";
const INSIDE: &str = "inside:";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was entered yet.
    Outer,
    /// Process 1. `outer`: the process that started it, by its number outside.
    Init { outer: u32 },
    /// In the namespaces.
    Inside,
}

pub(super) fn of_this_process() -> Stage {
    parse(env::var(VARIABLE).ok().as_deref(), process_namespace().as_deref())
}

/// Marks what the command starts as init.
pub(super) fn mark_init(command: &mut Command) {
    command.env(VARIABLE, format!("{INIT}{}", std::process::id()));
}

/// Marks what the command starts as inside. The mark names the process namespace, so that a variable that somebody exports means
/// nothing elsewhere.
pub(super) fn mark_inside(command: &mut Command) {
    command.env(VARIABLE, format!("{INSIDE}{}", process_namespace().unwrap_or_default()));
}

/// This program, with its own arguments.
pub(super) fn this_program() -> Command {
    use std::os::unix::process::CommandExt;
    // The file may have been replaced or lie under a new mount since: the kernel's link still leads to it.
    let mut command = Command::new("/proc/self/exe");
    let mut arguments = env::args_os();
    command.arg0(arguments.next().unwrap_or_else(|| OsString::from("strait"))).args(arguments);
    command
}

fn parse(mark: Option<&str>, process_namespace: Option<&str>) -> Stage {
    let Some(mark) = mark else { return Stage::Outer };
    if let Some(outer) = mark.strip_prefix(INIT).and_then(|number| number.parse().ok()) {
        // Only process 1 is init: a variable that was inherited by somebody else is not meant for him.
        return if std::process::id() == 1 { Stage::Init { outer } } else { Stage::Outer };
    }
    match (mark.strip_prefix(INSIDE), process_namespace) {
        (Some(marked), Some(here)) if marked == here => Stage::Inside,
        _ => Stage::Outer,
    }
}

fn process_namespace() -> Option<String> {
    Some(fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_only_in_the_process_namespace_that_it_names() {
        assert_eq!(parse(None, Some("pid:[1]")), Stage::Outer);
        assert_eq!(parse(Some("inside:pid:[1]"), Some("pid:[1]")), Stage::Inside);
        assert_eq!(parse(Some("inside:pid:[1]"), Some("pid:[2]")), Stage::Outer);
        assert_eq!(parse(Some("inside:"), None), Stage::Outer);
        assert_eq!(parse(Some("init:7"), Some("pid:[1]")), Stage::Outer, "this is not process 1");
        assert_eq!(parse(Some("whatever"), Some("pid:[1]")), Stage::Outer);
    }
}
