//! Workloads with real Envoys beside them: an application, how it is asked, and what launches its proxy.
use crate::cast::says;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

/// `strait proxy run`, or `strait ingress run`. It is killed with the value.
pub(crate) struct Launcher(Child);

impl Drop for Launcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A small application: it says who asks, as its proxy told it, and never answers what is asked of `/slow`.
pub(crate) struct Application {
    pub(crate) port: u16,
}

impl Application {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || serve(stream));
            }
        });
        Self { port }
    }
}

fn serve(stream: TcpStream) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let client = lines.by_ref().take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("x-forwarded-client-cert").then(|| value.to_owned())
    });
    if first.contains("/slow") {
        // Until the other end gives up.
        let _ = lines.next();
        return;
    }
    let body = format!("hello {}", client.unwrap_or_else(|| "nobody".to_owned()));
    let _ = write!(&stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
}

/// A port that nobody has at the moment.
pub(crate) fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn apply(folder: &Path, what: &str, api: &str) {
    fs::write(folder.join("applied.yaml"), what).unwrap();
    says(folder, &["apply", "-f", "applied.yaml", "--api", api]);
}

/// What is answered there: the code, and what is said. No connection is code 0.
pub(crate) fn ask(port: u16, path: &str) -> (u16, String) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return (0, String::new()) };
    let _ = write!(stream, "GET {path} HTTP/1.1\r\nhost: stock\r\nconnection: close\r\n\r\n");
    let mut reader = BufReader::new(&stream);
    let head: Vec<String> = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let code = head.first().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
    let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()).unwrap_or_default();
    let mut body = String::new();
    let _ = reader.take(length).read_to_string(&mut body);
    (code, body)
}

impl Launcher {
    /// `what`: `proxy` or `ingress`.
    pub(crate) fn start(folder: &Path, what: &str, arguments: &[[&str; 2]]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
        command.current_dir(folder).args([what, "run"]).args(arguments.as_flattened()).stdin(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").arg(self.0.id().to_string()).status().unwrap().success());
    }
}
