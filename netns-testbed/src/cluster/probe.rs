//! Whether a container is ready, as a node asks it: again and again, on a thread that lives in the node's network.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};
use strait_scenarios::kubernetes::kubelet::{Asks, Probe};

/// How long an answer may take, as where a probe says nothing.
const WITHIN: Duration = Duration::from_secs(1);
/// So often in a row it must fail before it counts, as where a probe says nothing.
const FAILS: u32 = 3;
/// More than a status line has, in bytes.
const LONGEST: u64 = 8 << 10;

/// A probe that is asked on. Dropped, it is no more.
#[derive(Debug)]
pub(super) struct Probing {
    goes_on: Arc<AtomicBool>,
    thread: Thread,
}

impl Probing {
    /// Must be called on a thread in the network of the node. Tells what becomes different; at first nothing is ready.
    pub(super) fn begin(probe: Probe, address: Ipv4Addr, mut tell: impl FnMut(bool) + Send + 'static) -> std::io::Result<Self> {
        let goes_on = Arc::new(AtomicBool::new(true));
        let asks_on = Arc::clone(&goes_on);
        let work = move || {
            let (mut is_ready, mut failed) = (false, 0);
            while asks_on.load(Ordering::Acquire) {
                let answered = ask(&probe.asks, address).is_some();
                failed = if answered { 0 } else { failed + 1 };
                if answered != is_ready && (answered || failed >= FAILS) {
                    is_ready = answered;
                    tell(is_ready);
                }
                thread::park_timeout(Duration::from_secs(u64::from(probe.every_seconds.max(1))));
            }
        };
        let thread = thread::Builder::new().name("probe".to_owned()).spawn(work)?.thread().clone();
        Ok(Self { goes_on, thread })
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Release);
        self.thread.unpark();
    }
}

/// `None`: it is not ready.
fn ask(asks: &Asks, address: Ipv4Addr) -> Option<()> {
    match asks {
        Asks::Tcp { port } => connect(address, *port).map(drop),
        Asks::Http { port, path } => {
            let stream = connect(address, *port)?;
            stream.set_read_timeout(Some(WITHIN)).ok()?;
            let path = if path.is_empty() { "/" } else { path };
            write!(&stream, "GET {path} HTTP/1.1\r\nhost: {address}:{port}\r\nuser-agent: kube-probe\r\nconnection: close\r\n\r\n").ok()?;
            let mut line = String::new();
            BufReader::new((&stream).take(LONGEST)).read_line(&mut line).ok()?;
            let code: u16 = line.split(' ').nth(1)?.parse().ok()?;
            (200..400).contains(&code).then_some(())
        }
    }
}

fn connect(address: Ipv4Addr, port: u16) -> Option<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from((address, port)), WITHIN).ok()
}
