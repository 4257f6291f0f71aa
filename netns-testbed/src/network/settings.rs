//! Settings of the kernel, per namespace. They are written on the namespace's own thread.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the cables of all sites end: nothing in it answers or forwards; the emulator does.
pub(super) fn of_the_middle() -> io::Result<()> {
    write("ipv6/conf/default/disable_ipv6", "1").or_else(absent)?;
    write("ipv6/conf/all/disable_ipv6", "1").or_else(absent)
}

pub(super) fn of_a_router() -> io::Result<()> {
    of_the_middle()?;
    write("ipv4/ip_forward", "1")?;
    // Sources are as they are planned: nothing is to be filtered, whatever the machine's default.
    write("ipv4/conf/all/rp_filter", "0")?;
    write("ipv4/conf/default/rp_filter", "0")?;
    // By default one refusal a second and destination: attempts to connect would hang by chance.
    write("ipv4/icmp_ratelimit", "0")
}

pub(super) fn of_a_host() -> io::Result<()> {
    of_the_middle()?;
    write("ipv4/ip_unprivileged_port_start", "0")?;
    // What one connection learnt of the path must not decide how the next one begins.
    write("ipv4/tcp_no_metrics_save", "1")
}

fn write(setting: &str, value: &str) -> io::Result<()> {
    fs::write(path(setting), value).map_err(|why| io::Error::new(why.kind(), format!("net/{setting}: {why}")))
}

/// A kernel that lacks a setting lacks what it is about.
fn absent(why: io::Error) -> io::Result<()> {
    if why.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(why) }
}

fn path(setting: &str) -> PathBuf {
    Path::new("/proc/sys/net").join(setting)
}
