//! Envoy as it runs with what is rendered: everything is in its first configuration, and nobody tells it anything later.
use crate::stage::rendered;
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use strait_core::plan::Part;
use strait_proto::envoy_json::to_json;
use strait_shell::{envoy::XdsType, proxies::layered_runtime};

/// Where its launcher asks for names, in its folder.
const NAMES: &str = "names.sock";

/// It ends with this.
pub(crate) struct Running {
    child: Child,
    folder: tempfile::TempDir,
}

impl Running {
    /// To where its launcher asks for names.
    pub(crate) fn names(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join(NAMES)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Starts one, with certificates that it has besides, and waits until it listens on a port. `None`: there is no Envoy here.
#[expect(clippy::disallowed_methods, reason = "another process tells nobody when it listens")]
pub(crate) fn run(parts: &[Part], certificates: &[Value], port: u16) -> Option<Running> {
    let envoy = xtask::envoy::for_tests()?;
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("envoy.json"), folder.path().join("log"));
    std::fs::write(&path, config(parts, certificates, folder.path()).to_string()).unwrap();
    let child = Command::new(envoy)
        .args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "warn", "-c"])
        .arg(&path)
        .stderr(std::fs::File::create(&log).unwrap())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running { child, folder };
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.child.try_wait().unwrap();
        let waits_on = ended.is_none() && began.elapsed() < Duration::from_secs(30);
        assert!(waits_on, "it does not listen: {}", std::fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(running)
}

fn config(parts: &[Part], certificates: &[Value], folder: &Path) -> Value {
    let (mut listeners, mut clusters, mut endpoints, mut secrets) = (Vec::new(), Vec::new(), Vec::new(), certificates.to_vec());
    for one in rendered(parts, folder.join(NAMES).to_str().unwrap()) {
        let mut value = to_json(one.resource.resource.as_ref().unwrap()).unwrap();
        value.as_object_mut().unwrap().remove("@type");
        known_at_once(&mut value);
        match one.of {
            XdsType::Listener => listeners.push(value),
            XdsType::Cluster => clusters.push(value),
            XdsType::Endpoints => endpoints.push(value),
            XdsType::Secret => secrets.push(value),
        }
    }
    for endpoints in endpoints {
        let of = clusters.iter_mut().find(|cluster| cluster["name"] == endpoints["clusterName"]).unwrap();
        of["loadAssignment"] = endpoints;
    }
    json!({
        "node": {"id": "shop.cart", "cluster": "cart"},
        "static_resources": {"listeners": listeners, "clusters": clusters, "secrets": secrets},
        "layered_runtime": layered_runtime(),
    })
}

/// What would come over a stream is there already.
fn known_at_once(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("sdsConfig");
            if map.remove("edsClusterConfig").is_some() {
                map.insert("type".to_owned(), "STATIC".into());
            }
            map.values_mut().for_each(known_at_once);
        }
        Value::Array(list) => list.iter_mut().for_each(known_at_once),
        _ => {}
    }
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A workload, which answers with the path and the host that it was asked for. Its port.
pub(crate) fn workload() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let (path, host) = asked(&mut connection, "host");
            respond(&mut connection, "200 OK", &format!("{path} of {}", host.unwrap_or_default()));
        }
    });
    port
}

/// The path that somebody asks for, and one header of the request.
pub(crate) fn asked(connection: &mut impl Read, name: &str) -> (String, Option<String>) {
    let asked = head(connection);
    (asked.split(' ').nth(1).unwrap_or_default().to_owned(), header(&asked, name).map(str::to_owned))
}

/// Answers, and is done.
pub(crate) fn respond(connection: &mut impl Write, status: &str, body: &str) {
    let length = body.len();
    write!(connection, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").ok();
}

/// Waits until it is so, for half a minute at most.
#[expect(clippy::disallowed_methods, reason = "another process tells nobody when it has noticed")]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "it has not come to be");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks for a path. The answer: its status, and where the client is sent, or what is in it; `nothing`: there is none.
pub(crate) fn get(mut connection: impl Read + Write, host: &str, path: &str) -> String {
    // It may be closed already.
    write!(connection, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").ok();
    let head = head(&mut connection);
    let status = head.split(' ').nth(1).unwrap_or("nothing").to_owned();
    let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    let says = header(&head, "location").map_or_else(|| String::from_utf8(body).unwrap(), str::to_owned);
    format!("{status} {says}").trim().to_owned()
}

/// Up to the empty line, or to the end.
fn head(connection: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|length| length > 0) {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
