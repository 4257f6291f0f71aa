//! Unbound with the same names, if the machine has it: on loopback, on a port of its own, with one thread.
use super::control_plane::free;
use std::{
    fmt::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Where packages put it, which users who are not root do not look in.
const PLACES: [&str; 2] = ["unbound", "/usr/sbin/unbound"];

/// It runs. It is killed with the value.
pub(crate) struct Unbound {
    child: Child,
    pub(crate) at: String,
}

impl Unbound {
    /// `None`: it is not here.
    pub(crate) fn start(folder: &Path, names: &[(String, String)]) -> Option<Self> {
        let at = free();
        let (host, port) = at.split_once(':').unwrap();
        let mut file = format!(
            "server:\n  interface: {host}@{port}\n  access-control: 127.0.0.0/8 allow\n  num-threads: 1\n  do-daemonize: no\n  use-syslog: no\n  \
             chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  directory: \"{}\"\n  module-config: \"iterator\"\n  local-zone: \"mesh.local.\" static\n",
            folder.display()
        );
        for (name, address) in names {
            writeln!(file, "  local-data: \"{name}. 30 IN A {address}\"").unwrap();
        }
        file += "remote-control:\n  control-enable: no\n";
        let path = folder.join("unbound.conf");
        std::fs::write(&path, file).unwrap();
        let start = |program: &&str| {
            let mut command = Command::new(program);
            command.arg("-d").arg("-c").arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().ok()
        };
        let child = PLACES.iter().find_map(start)?;
        Some(Self { child, at })
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Unbound {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
