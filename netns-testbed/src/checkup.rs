//! Whether this machine can do what the testbed needs: by doing it, and not by looking for settings.
use crate::{Network, Plan, SiteId};
use nix::sys::resource::{Resource, getrlimit};
use std::{
    fs, io,
    net::{SocketAddrV4, UdpSocket},
    time::{Duration, Instant},
};
use strait_core::Seed;
use strait_scenarios::link::{Link, Share};

/// How it stands with something that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Fine,
    /// It works, but not as well as it could.
    Limited,
    /// Nothing works without it.
    Missing,
}

/// What was found about one thing that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub what: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was seen.
    pub found: String,
    /// What to do; empty if nothing.
    pub advice: String,
}

const DELAY: Duration = Duration::from_millis(20);
/// A datagram that has not come by then will not.
const PATIENCE: Duration = Duration::from_secs(5);
/// With fewer, scenarios with some zones do not run.
const FEWEST_DESCRIPTORS: u64 = 256;
/// With fewer, those with hundreds of hosts do not.
const ENOUGH_DESCRIPTORS: u64 = 4096;

/// Looks at everything. The process must be inside (see [`crate::enter`]).
pub fn examine() -> Vec<Finding> {
    let mut findings = vec![namespaces(), file_descriptors()];
    let begin = Instant::now();
    match Network::build(&Plan::uniform(2, 1), Seed(1)) {
        Ok(network) => {
            findings.push(Finding::fine("network", format!("two sites were built in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3)));
            findings.push(emulator(&network));
            findings.push(cutting(&network));
        }
        Err(why) => findings.push(Finding::missing(
            "network",
            why.to_string(),
            "the kernel needs veth (CONFIG_VETH), loaded or built in".to_owned(),
        )),
    }
    findings
}

impl Finding {
    fn fine(what: &'static str, found: String) -> Self {
        Self { what, verdict: Verdict::Fine, found, advice: String::new() }
    }

    fn limited(what: &'static str, found: String, advice: String) -> Self {
        Self { what, verdict: Verdict::Limited, found, advice }
    }

    /// Something without which nothing works.
    pub fn missing(what: &'static str, found: String, advice: String) -> Self {
        Self { what, verdict: Verdict::Missing, found, advice }
    }
}

fn namespaces() -> Finding {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let fields: Vec<&str> = map.split_whitespace().collect();
    let found = match fields[..] {
        ["0", user, "1"] => format!("entered, in a user namespace of user {user}"),
        _ => "entered, as root".to_owned(),
    };
    Finding::fine("namespaces", found)
}

fn file_descriptors() -> Finding {
    let what = "file descriptors";
    let advice =
        || format!("raise the hard limit, `ulimit -Hn`, to {ENOUGH_DESCRIPTORS}: each host takes one, and its processes take some");
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, hard)) if hard < FEWEST_DESCRIPTORS => Finding::missing(what, format!("at most {hard}"), advice()),
        Ok((_, hard)) if hard < ENOUGH_DESCRIPTORS => Finding::limited(what, format!("at most {hard}"), advice()),
        Ok((_, hard)) => Finding::fine(what, format!("at most {hard}")),
        Err(why) => Finding::missing(what, why.to_string(), String::new()),
    }
}

fn emulator(network: &Network) -> Finding {
    let (what, no_packets) = ("WAN emulator", "it needs packet sockets (CONFIG_PACKET)");
    match one_way(network) {
        Ok(took) if took < DELAY => {
            Finding::missing(what, format!("{DELAY:?} were {took:?}"), "packets go around the emulator: please report it".to_owned())
        }
        Ok(took) if took > DELAY * 2 => {
            Finding::limited(what, format!("{DELAY:?} were {took:.1?}"), "the machine is busy: delays are longer than asked for".to_owned())
        }
        Ok(took) => Finding::fine(what, format!("{DELAY:?} were {took:.1?}")),
        Err(why) => Finding::missing(what, why.to_string(), no_packets.to_owned()),
    }
}

/// How long a datagram takes from one site to the other: the second one, as the first finds everything cold.
fn one_way(network: &Network) -> io::Result<Duration> {
    network.wan().set_link(SiteId(0), SiteId(1), Link { delay: DELAY, ..Link::default() })?;
    let socket = |host| {
        let at = SocketAddrV4::new(network.address(host), 9);
        network.namespace(host).run(move || UdpSocket::bind(at))
    };
    let (from, to) = (socket(crate::HostId(0))?, socket(crate::HostId(1))?);
    to.set_read_timeout(Some(PATIENCE))?;
    let send = || {
        let begin = Instant::now();
        from.send_to(b"x", to.local_addr()?)?;
        to.recv(&mut [0]).map(|_| begin.elapsed())
    };
    send()?;
    send()
}

fn cutting(network: &Network) -> Finding {
    let what = "packets one by one";
    match network.wan().set_link(SiteId(0), SiteId(1), Link { loss: Share(1), ..Link::default() }) {
        Ok(()) => Finding::fine(what, "large sends are cut before chance and rate apply".to_owned()),
        Err(why) => Finding::missing(what, why.to_string(), "the kernel must take IFLA_GSO_MAX_SEGS: Linux 4.17 or later".to_owned()),
    }
}
