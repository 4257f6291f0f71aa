//! Processes, and how they are talked to.
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// Nothing here takes so long, on the slowest machine.
const WITHIN: Duration = Duration::from_secs(60);

/// A control plane that runs. It is killed with the value.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<serde_json::Value>,
    /// Where its API is.
    pub(crate) api: String,
    /// Where a zone answers questions of DNS.
    pub(crate) dns: String,
    /// Where a zone serves its proxies.
    pub(crate) proxies: String,
}

pub(crate) fn strait(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a command prints; it must succeed.
pub(crate) fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = strait(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Running {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::started(Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments))
    }

    /// One that is started by this command, to which what it needs to be talked to is added.
    pub(crate) fn started(command: &mut Command) -> Self {
        let command = command
            .args(["--log-format", "json", "--api-listen", "127.0.0.1:0"])
            // Only zones know it.
            .env("STRAIT_DNS_ADDRESS", "127.0.0.1:0")
            .env("STRAIT_PROXIES_LISTEN", "127.0.0.1:0");
        let mut running = Self::spawned(command);
        let begun = running.hears("its start", |line| line["api"].is_string());
        running.api = begun["api"].as_str().unwrap().to_owned();
        running.dns = begun["dns"].as_str().unwrap_or_default().to_owned();
        running.proxies = begun["proxies"].as_str().unwrap_or_default().to_owned();
        running
    }

    /// Anything that logs, and need not be talked to.
    pub(crate) fn spawned(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let said = serde_json::from_str(&line).unwrap_or_else(|_| serde_json::json!({ "message": line }));
                if send.send(said).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, api: String::new(), dns: String::new(), proxies: String::new() }
    }

    pub(crate) fn global(folder: &Path) -> Self {
        let running = Self::start(folder, &["global", "run", "--kds-listen", "127.0.0.1:0"]);
        until("global is ready", || http(&running.api, "/ready").starts_with("HTTP/1.1 200"));
        running
    }

    /// A zone that joins by what global prints.
    pub(crate) fn zone(folder: &Path, name: &str, global: &Self) -> Self {
        let line = says(folder, &["zone", "token", name, "--api", &global.api]);
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], "strait");
        Self::start(folder, &words[1..])
    }

    /// Where zones reach a global: `HOST:PORT`.
    pub(crate) fn zones_at(&self) -> String {
        let joining = http(&self.api, "/joining");
        let body = joining.split("\r\n\r\n").nth(1).unwrap_or_default();
        let joining: serde_json::Value = serde_json::from_str(body).unwrap();
        joining["address"].as_str().unwrap().to_owned()
    }

    /// Waits for a line of its log.
    pub(crate) fn hears(&mut self, what: &str, is_it: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let deadline = Instant::now() + WITHIN;
        let mut heard = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if is_it(&line) => return line,
                Ok(line) => heard.push(line.to_string()),
                Err(_) => panic!("{what} was not logged:\n{}", heard.join("\n")),
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM. Returns the exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.terminate();
        self.ended()
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Waits for its end. Returns the exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        let deadline = Instant::now() + WITHIN;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::yield_now();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds, with a bound.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + WITHIN;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to be: {what}");
        std::thread::yield_now();
    }
}

/// The whole answer to a GET.
pub(crate) fn http(address: &str, path: &str) -> String {
    exchange(address, "GET", path, "")
}

/// The status of an answer, and what it says.
pub(crate) fn answer(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let whole = exchange(address, method, path, body);
    let status = whole.split(' ').nth(1).and_then(|status| status.parse().ok());
    let said = whole.split_once("\r\n\r\n").map(|(_, said)| said.to_owned()).unwrap_or_default();
    (status.unwrap_or_else(|| panic!("{method} {path} at {address} is not answered: {whole}")), said)
}

fn exchange(address: &str, method: &str, path: &str, body: &str) -> String {
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        return String::new();
    };
    let mut answer = String::new();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // A server need not read on once it has refused.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    match std::io::Read::read_to_string(&mut stream, &mut answer) {
        Ok(_) => answer,
        Err(_) => String::new(),
    }
}

/// The first line of JSON of an answer that does not end.
pub(crate) fn first_line(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.find(|line| line.starts_with('{')).unwrap()
}

/// What is said on standard error by a command that ends with this exit code.
pub(crate) fn refused(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = strait(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}
