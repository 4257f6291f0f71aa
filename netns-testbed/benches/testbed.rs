//! How fast and how exact the testbed is. `cargo bench -p strait-netns-testbed` prints it.
#![cfg_attr(not(target_os = "linux"), allow(unused))]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;
    if strait_netns_testbed::is_inside() {
        measured::print();
        return ExitCode::SUCCESS;
    }
    match strait_netns_testbed::reenter() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(77)
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod measured {
    use std::{
        io::{Read, Write},
        net::{SocketAddrV4, TcpListener, TcpStream, UdpSocket},
        num::NonZeroU64,
        thread,
        time::{Duration, Instant},
    };
    use strait_core::Seed;
    use strait_netns_testbed::{HostId, Network, Plan, SiteId};
    use strait_scenarios::link::{Link, Share};

    const A: SiteId = SiteId(0);
    const B: SiteId = SiteId(1);

    pub(crate) fn print() {
        for hosts in [10, 200, 500] {
            let times = (0..3).map(|_| {
                let begin = Instant::now();
                let network = Network::build(&Plan::uniform(5, hosts / 5), Seed(1)).unwrap();
                let built = begin.elapsed();
                drop(network);
                (built, begin.elapsed() - built)
            });
            let (built, gone) = times.min().unwrap();
            let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
            println!("{hosts} hosts in 5 sites: built in {:.0} ms, gone in {:.0} ms (best of 3)", milliseconds(built), milliseconds(gone));
        }
        let network = Network::build(&Plan::uniform(2, 1), Seed(1)).unwrap();
        println!("\none way, of 200 datagrams     p50       p99       max");
        for asked in [0, 1, 5, 20, 100] {
            link(&network, Link { delay: Duration::from_millis(asked), ..Link::default() });
            let took = one_way(&network);
            let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
            println!("asked {asked:>3} ms              {:>7.3}   {:>7.3}   {:>7.3} ms", at(50), at(99), at(100));
        }
        println!("\none TCP connection");
        let delayed = Link { delay: Duration::from_millis(10), ..Link::default() };
        let rate = |megabytes: u64| Link { rate: NonZeroU64::new(megabytes * 1_000_000), ..delayed };
        for (what, link, megabytes) in [
            ("no delay", Link::default(), 1000),
            ("10 ms each way", delayed, 300),
            ("10 ms each way, 1 % lost", Link { loss: Share(10_000), ..delayed }, 20),
            ("10 ms each way, 1 MB/s", rate(1), 2),
            ("10 ms each way, 10 MB/s", rate(10), 20),
        ] {
            println!("{what:<30} {:>8.1} MB/s", bulk(&network, link, megabytes));
        }
    }

    fn link(network: &Network, link: Link) {
        network.wan().set_link(A, B, link).unwrap();
        network.wan().set_link(B, A, link).unwrap();
    }

    /// Sorted.
    fn one_way(network: &Network) -> Vec<Duration> {
        let socket = |host| {
            let at = SocketAddrV4::new(network.address(host), 80);
            network.namespace(host).run(move || UdpSocket::bind(at)).unwrap()
        };
        let (from, to) = (socket(HostId(0)), socket(HostId(1)));
        let at = to.local_addr().unwrap();
        let mut took: Vec<Duration> = (0..200)
            .map(|_| {
                let begin = Instant::now();
                from.send_to(b"x", at).unwrap();
                to.recv(&mut [0; 10]).unwrap();
                begin.elapsed()
            })
            .collect();
        took.sort();
        took
    }

    /// Megabytes per second.
    fn bulk(network: &Network, over: Link, megabytes: usize) -> f64 {
        link(network, over);
        let at = SocketAddrV4::new(network.address(HostId(1)), 80);
        let listener = network.namespace(HostId(1)).run(move || TcpListener::bind(at)).unwrap();
        let mut dialled = network.namespace(HostId(0)).run(move || TcpStream::connect(at)).unwrap();
        let (mut accepted, _) = listener.accept().unwrap();
        let begin = Instant::now();
        let writer = thread::spawn(move || {
            let piece = vec![7; 1_000_000];
            (0..megabytes).for_each(|_| dialled.write_all(&piece).unwrap());
        });
        let (mut buffer, mut read) = (vec![0; 1 << 20], 0);
        while read < megabytes * 1_000_000 {
            read += accepted.read(&mut buffer).unwrap();
        }
        writer.join().unwrap();
        megabytes as f64 / begin.elapsed().as_secs_f64()
    }
}
