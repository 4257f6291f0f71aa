//! Who is asked for what is not the mesh's.
use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PORT: u16 = 53;
/// So many are asked, one after the other: within the five seconds that clients wait.
const MOST: usize = 2;
const SYSTEM: &str = "/etc/resolv.conf";
/// Whom systemd-resolved asks, where the system's file leads to that itself.
const BEHIND_RESOLVED: &str = "/run/systemd/resolve/resolv.conf";
/// There it listens (systemd-resolved.service(8)). What it asks would be redirected to the launcher, and so go round for ever.
const RESOLVED: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 0, 0, 53), Ipv4Addr::new(127, 0, 0, 54)];
/// How long what was read counts: it changes with the network.
const READ_EVERY: Duration = Duration::from_secs(5);
/// No such file is longer, in bytes.
const LARGEST: u64 = 64 << 10;

/// Who is asked.
#[derive(Debug)]
pub(super) struct Nameservers {
    /// What was said. Empty: those of the machine.
    said: Vec<SocketAddr>,
    /// Where the launcher itself is, whom it does not ask.
    here: BTreeSet<SocketAddr>,
    read: Mutex<Option<(Instant, Vec<SocketAddr>)>>,
}

impl Nameservers {
    pub(super) fn new(said: Vec<SocketAddr>, here: BTreeSet<SocketAddr>) -> Self {
        Self { said, here, read: Mutex::default() }
    }

    /// The first of them, at this moment.
    pub(super) fn now(&self) -> Vec<SocketAddr> {
        let all = if self.said.is_empty() { self.of_machine() } else { self.said.clone() };
        all.into_iter().filter(|at| !self.here.contains(at)).take(MOST).collect()
    }

    fn of_machine(&self) -> Vec<SocketAddr> {
        let mut kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, all)) = kept.as_ref().filter(|(at, _)| at.elapsed() < READ_EVERY) {
            return all.clone();
        }
        let mut all = listed(&text(SYSTEM));
        if all.iter().any(is_resolved) {
            let behind = listed(&text(BEHIND_RESOLVED));
            all.retain(|at| !is_resolved(at));
            all.splice(..0, behind);
        }
        *kept = Some((Instant::now(), all.clone()));
        all
    }
}

fn is_resolved(at: &SocketAddr) -> bool {
    RESOLVED.iter().any(|resolved| at.ip() == IpAddr::V4(*resolved))
}

fn text(path: &str) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
    if let Err(why) = read {
        tracing::debug!(path, %why, "it names no nameservers");
    }
    text
}

/// The nameservers in a file of the form of resolv.conf(5).
fn listed(text: &str) -> Vec<SocketAddr> {
    let words = text.lines().filter_map(|line| line.trim_start().strip_prefix("nameserver"));
    let addresses = words.filter_map(|rest| rest.starts_with([' ', '\t']).then(|| rest.split_whitespace().next())?);
    addresses.filter_map(|address| Some(SocketAddr::new(address.parse().ok()?, PORT))).collect()
}

/// `ADDRESS`, or `ADDRESS:PORT`.
pub(in super::super) fn upstream(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let at = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT)).or_else(|_| text.parse());
    at.map_err(|_| format!("`{text}` must be an address, such as `10.0.0.2`, or with its port, such as `10.0.0.2:5353`"))
}
