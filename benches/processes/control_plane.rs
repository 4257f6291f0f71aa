//! Control planes as processes, and their API over one connection.
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Nothing here takes so long.
const WITHIN: Duration = Duration::from_secs(120);

/// A control plane that runs. It is killed with the value.
pub(crate) struct ControlPlane {
    child: Child,
    /// Where its API is.
    pub(crate) api: String,
    /// Where a zone serves its proxies.
    pub(crate) proxies: String,
    /// Where a zone answers questions of DNS.
    pub(crate) dns: String,
}

/// The ticks of the clock by which Linux counts a process's time, in a second.
const TICKS: f64 = 100.0;

impl ControlPlane {
    /// Starts one, without waiting for it.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let (api, proxies, dns) = (free(), free(), free());
        let child = Command::new(env!("CARGO_BIN_EXE_strait"))
            .current_dir(folder)
            .args(arguments)
            .args(["--api-listen", &api, "--log-level", "error"])
            // Only zones know it; several run here at once.
            .env("STRAIT_DNS_ADDRESS", &dns)
            .env("STRAIT_PROXIES_LISTEN", &proxies)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, api, proxies, dns }
    }

    pub(crate) fn global(folder: &Path) -> Self {
        let listen = free();
        let global = Self::start(folder, &["global", "run", "--kds-listen", &listen]);
        until("global is ready", || Connection::try_to(&global.api).is_some_and(|mut api| api.ask("GET", "/ready", "").0 == 200));
        global
    }

    /// Joins by what global prints.
    pub(crate) fn zone(folder: &Path, name: &str, global: &Self) -> Self {
        let arguments = ["zone", "token", name, "--api", &global.api];
        let printed = Command::new(env!("CARGO_BIN_EXE_strait")).args(arguments).output().unwrap();
        assert!(printed.status.success());
        let line = String::from_utf8(printed.stdout).unwrap();
        Self::start(folder, &line.split_whitespace().skip(1).collect::<Vec<_>>())
    }

    /// What it has in memory, in bytes: now, and at most since it began.
    pub(crate) fn resident(&self) -> (u64, u64) {
        resident(self.process())
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// How much of the processor it has had, in seconds.
    pub(crate) fn processor(&self) -> f64 {
        processor(self.process())
    }
}

/// What a process has in memory, in bytes: now, and at most since it began.
pub(crate) fn resident(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// How much of the processor a process has had, in seconds.
pub(crate) fn processor(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    // The third field of all is the first of these.
    let ticks = fields.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection to an API.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn to(api: &str) -> Self {
        Self::try_to(api).unwrap()
    }

    pub(crate) fn try_to(api: &str) -> Option<Self> {
        let stream = TcpStream::connect(api).ok()?;
        stream.set_nodelay(true).unwrap();
        Some(Self { stream: BufReader::new(stream) })
    }

    /// Asks, and reads the answer: its status, and what it says.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let length = self.say(method, path, body);
        let mut said = vec![0; length.1];
        self.stream.read_exact(&mut said).unwrap();
        (length.0, String::from_utf8(said).unwrap())
    }

    /// Follows what is observed, a value for each line.
    pub(crate) fn follow(mut self) -> impl Iterator<Item = Value> {
        self.say("GET", "/observations", "");
        // The sizes of the chunks stand on lines of their own, and are no JSON objects.
        let lines = self.stream.lines().map_while(Result::ok).filter(|line| line.starts_with('{'));
        lines.filter_map(|line| serde_json::from_str(&line).ok())
    }

    /// Asks, and reads the head of the answer: its status, and how long it is.
    fn say(&mut self, method: &str, path: &str, body: &str) -> (u16, usize) {
        let said = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(said.as_bytes()).unwrap();
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(said) = line.strip_prefix("http/1.1 ") {
                status = said[..3].parse().unwrap();
            }
            if let Some(said) = line.strip_prefix("content-length: ") {
                length = said.parse().unwrap();
            }
            if line.is_empty() {
                return (status, length);
            }
        }
    }
}

/// A port that nobody uses.
pub(crate) fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WITHIN;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to be: {what}");
        std::thread::yield_now();
    }
}
