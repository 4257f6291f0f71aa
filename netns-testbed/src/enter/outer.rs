//! The process that was started: it makes the namespaces, and waits.
use super::{
    refusal::{CannotEnter, Step},
    scratch,
    signals::Signals,
    stage,
};
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    unistd::{getegid, geteuid},
};
use std::{fs, io, os::unix::process::CommandExt, path::Path};

/// As numbered in capabilities(7).
const CAP_NET_ADMIN: u32 = 12;
const CAP_NET_RAW: u32 = 13;
const CAP_SYS_ADMIN: u32 = 21;

pub(super) fn run() -> Result<i32, CannotEnter> {
    make_namespaces()?;
    make_mounts()?;
    let mut init = stage::this_program();
    stage::mark_init(&mut init);
    // A group of its own: what a terminal sends to its foreground group reaches this process alone, and is passed on once.
    init.process_group(0);
    let signals = Signals::read_from_now_on().map_err(|why| CannotEnter::new(Step::Signals, why))?;
    let init = init.spawn().map_err(|why| CannotEnter::new(Step::StartInit, why))?;
    signals.pass_on_until_it_ends(&init).map_err(|why| CannotEnter::new(Step::Wait, why))
}

fn make_namespaces() -> Result<(), CannotEnter> {
    let (user, group) = (geteuid(), getegid());
    let mut namespaces = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC;
    let as_root = has_capabilities(&[CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW]);
    if !as_root {
        namespaces |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(namespaces).map_err(|why| CannotEnter::new(Step::Unshare { user_namespace: !as_root }, why.into()))?;
    if !as_root {
        // Groups could otherwise be dropped that deny access: the kernel takes no group map before that is given up.
        for (file, text) in [("setgroups", "deny".to_owned()), ("uid_map", format!("0 {user} 1\n")), ("gid_map", format!("0 {group} 1\n"))]
        {
            fs::write(Path::new("/proc/self").join(file), text).map_err(|why| CannotEnter::new(Step::MapUser { file }, why))?;
        }
    }
    Ok(())
}

fn make_mounts() -> Result<(), CannotEnter> {
    let refused = |mount_point: &'static str| move |why: io::Error| CannotEnter::new(Step::Mount { mount_point }, why);
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).map_err(|why| refused("/")(why.into()))?;
    let in_memory = |at: &Path| mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some("mode=0755"));
    in_memory(Path::new("/run")).map_err(|why| refused("/run")(why.into()))?;
    fs::create_dir(scratch()).map_err(refused("/run/scratch"))?;
    in_memory(scratch()).map_err(|why| refused("/run/scratch")(why.into()))
}

/// Being user 0 says nothing: containers run as root without them.
fn has_capabilities(numbers: &[u32]) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    effective.is_some_and(|effective| numbers.iter().all(|number| effective >> number & 1 == 1))
}
