//! Why namespaces cannot be entered: what was refused, probably why, and what to do.
use std::{fmt, fs, io, path::Path};

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// `unshare(2)`, with a user namespace or without.
    Unshare {
        /// Without the capabilities of root.
        user_namespace: bool,
    },
    /// Writing who this user is in the user namespace.
    MapUser {
        /// The file in `/proc/self`.
        file: &'static str,
    },
    /// `mount(2)`.
    Mount {
        /// Where.
        mount_point: &'static str,
    },
    /// Reading signals.
    Signals,
    /// Starting process 1.
    StartInit,
    /// Asking the kernel that process 1 ends with the process that started it.
    EndWithOuter,
    /// Starting the program inside.
    StartInside,
    /// Waiting for the program to end.
    Wait,
}

/// Namespaces cannot be entered. It shows what was refused, and what is known of the reason and the remedy, in several lines.
#[derive(Debug)]
pub struct CannotEnter {
    /// What was being done.
    pub step: Step,
    /// What the system said.
    pub why: io::Error,
    machine: Box<Machine>,
}

impl CannotEnter {
    pub(super) fn new(step: Step, why: io::Error) -> Self {
        Self { step, why, machine: Box::new(Machine::this()) }
    }

    /// What on this machine probably refuses it, and what to do: a line each.
    pub fn advice(&self) -> Vec<String> {
        self.machine.advice(self.step, self.why.raw_os_error())
    }
}

impl fmt::Display for CannotEnter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no namespaces can be entered: {}: {}", self.step, self.why)?;
        self.advice().iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for CannotEnter {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.why)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unshare { user_namespace: true } => f.write_str("unshare(NEWUSER | NEWNET | NEWNS | NEWPID | NEWIPC)"),
            Self::Unshare { user_namespace: false } => f.write_str("unshare(NEWNET | NEWNS | NEWPID | NEWIPC)"),
            Self::MapUser { file } => write!(f, "writing /proc/self/{file}"),
            Self::Mount { mount_point: "/" } => f.write_str("making mounts private"),
            Self::Mount { mount_point: "/proc" } => f.write_str("mounting proc on /proc"),
            Self::Mount { mount_point } => write!(f, "mounting tmpfs on {mount_point}"),
            Self::Signals => f.write_str("signalfd"),
            Self::StartInit => f.write_str("starting process 1"),
            Self::EndWithOuter => f.write_str("prctl(PR_SET_PDEATHSIG)"),
            Self::StartInside => f.write_str("starting the program inside"),
            Self::Wait => f.write_str("waiting for the program inside"),
        }
    }
}

/// What of a machine decides about namespaces. `None`: the machine has no such setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Machine {
    max_user_namespaces: Option<u64>,
    max_net_namespaces: Option<u64>,
    unprivileged_userns_clone: Option<u64>,
    apparmor_restricts: Option<u64>,
    seccomp: Option<u64>,
    threads: Option<u64>,
    container: bool,
}

impl Machine {
    fn this() -> Self {
        let setting = |path: &str| fs::read_to_string(Path::new("/proc/sys").join(path)).ok()?.trim().parse().ok();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok();
        Self {
            max_user_namespaces: setting("user/max_user_namespaces"),
            max_net_namespaces: setting("user/max_net_namespaces"),
            unprivileged_userns_clone: setting("kernel/unprivileged_userns_clone"),
            apparmor_restricts: setting("kernel/apparmor_restrict_unprivileged_userns"),
            seccomp: field("Seccomp:"),
            threads: field("Threads:"),
            container: ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists()),
        }
    }

    fn advice(&self, step: Step, error: Option<i32>) -> Vec<String> {
        let mut lines = Vec::new();
        let user_namespace = matches!(step, Step::Unshare { user_namespace: true } | Step::MapUser { .. } | Step::Mount { .. });
        if user_namespace && self.max_user_namespaces == Some(0) {
            lines.push("user.max_user_namespaces is 0: `sysctl -w user.max_user_namespaces=10000`".to_owned());
        }
        if user_namespace && self.unprivileged_userns_clone == Some(0) {
            lines.push("kernel.unprivileged_userns_clone is 0: `sysctl -w kernel.unprivileged_userns_clone=1`".to_owned());
        }
        if user_namespace && self.apparmor_restricts == Some(1) {
            lines.push(
                "AppArmor denies user namespaces to programs without a profile: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
                    .to_owned(),
            );
        }
        if self.max_net_namespaces == Some(0) {
            lines.push("user.max_net_namespaces is 0: `sysctl -w user.max_net_namespaces=10000`".to_owned());
        }
        match error {
            Some(libc::EINVAL) if matches!(step, Step::Unshare { .. }) && self.threads.is_some_and(|threads| threads > 1) => {
                lines.push("the process has started threads: only one with a single thread gets a user namespace".to_owned());
            }
            Some(libc::EINVAL) if matches!(step, Step::Unshare { .. }) => {
                lines.push("the kernel was built without some kind of namespace: see /proc/self/ns".to_owned());
            }
            Some(libc::ENOSPC) => lines.push("the limit of namespaces is reached: see /proc/sys/user/max_*_namespaces".to_owned()),
            Some(libc::EPERM | libc::EACCES) => {
                if self.seccomp == Some(2) {
                    lines.push("a seccomp filter is active, as in containers: it may be what refuses".to_owned());
                }
                if matches!(step, Step::Mount { mount_point: "/proc" }) {
                    lines.push("parts of /proc are covered by mounts, as in containers: the kernel then allows no other /proc".to_owned());
                }
                if self.container || self.seccomp == Some(2) {
                    lines.push("in a container: start it with `--privileged`".to_owned());
                }
            }
            _ => {}
        }
        if user_namespace {
            let or = if lines.is_empty() { "" } else { "or " };
            lines.push(format!("{or}run it as root, with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW: then no user namespace is needed"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOTLESS: Step = Step::Unshare { user_namespace: true };

    fn advice(machine: Machine, step: Step, error: i32) -> String {
        machine.advice(step, Some(error)).join("\n")
    }

    #[test]
    fn the_setting_that_refuses_is_named_with_the_command_that_changes_it() {
        let off = |machine| advice(machine, ROOTLESS, libc::EPERM);
        assert!(off(Machine { max_user_namespaces: Some(0), ..Machine::default() }).contains("sysctl -w user.max_user_namespaces="));
        assert!(off(Machine { unprivileged_userns_clone: Some(0), ..Machine::default() }).contains("kernel.unprivileged_userns_clone=1"));
        assert!(off(Machine { apparmor_restricts: Some(1), ..Machine::default() }).contains("apparmor_restrict_unprivileged_userns=0"));
        assert!(off(Machine { seccomp: Some(2), ..Machine::default() }).contains("--privileged"));
    }

    #[test]
    fn settings_that_allow_it_are_not_blamed() {
        let allowed = Machine {
            max_user_namespaces: Some(9),
            max_net_namespaces: Some(9),
            unprivileged_userns_clone: Some(1),
            apparmor_restricts: Some(0),
            seccomp: Some(0),
            threads: Some(1),
            container: false,
        };
        let said = advice(allowed, ROOTLESS, libc::EPERM);
        assert!(!said.contains("sysctl") && !said.contains("container") && said.contains("as root"), "{said}");
    }

    #[test]
    fn threads_are_named_when_they_are_the_reason() {
        assert!(advice(Machine { threads: Some(3), ..Machine::default() }, ROOTLESS, libc::EINVAL).contains("started threads"));
        assert!(!advice(Machine { threads: Some(1), ..Machine::default() }, ROOTLESS, libc::EINVAL).contains("started threads"));
    }
}
