//! What a request pays for two proxies and an ingress between them: beside a direct connection, and beside one Envoy that knows nothing of meshes. Real
//! processes on loopback, one connection that is kept open, one request after the other.
use crate::{
    cast::{Running, until},
    stage::{MESH, Stage, asking, serving},
    table,
    workloads::{apply, ask, free},
};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const TIMES: usize = 3000;
/// Connections and caches are warm after so many.
const WARM: usize = 300;

pub(crate) fn measure(envoy: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let application = application();
    let global = Running::global(folder);
    let (east, west) = (Running::zone(folder, "east", &global), Running::zone(folder, "west", &global));
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    apply(folder, MESH, &stage.global.api);
    let (inbound, outbound, entrance, alone) = (free(), free(), free(), free());
    let _stock = stage.proxy(("west", &west), "stock", &serving(inbound, application));
    let _cart = stage.proxy(("east", &east), "cart", &asking(outbound, inbound));
    let _ingress = stage.ingress(("west", &west), entrance);
    let _alone = Alone::start(folder, envoy, alone, application);
    until("requests cross zones", || ask(outbound, "/").0 == 200);
    until("the Envoy that is alone answers", || ask(alone, "/").0 == 200);
    // In turns, so that whatever else runs on the machine slows down all of them.
    let mut taken = [application, alone, outbound].map(|port| (Connection::to(port), Vec::new()));
    for nth in 0..WARM + TIMES {
        for (connection, taken) in &mut taken {
            let took = connection.ask();
            if nth >= WARM {
                taken.push(took);
            }
        }
    }
    let [direct, alone, across] = taken.map(|(_, taken)| taken);
    table::line("floor: a request over a kept connection, direct", direct);
    table::line("floor: through one Envoy alone, plain", alone);
    table::line("through a proxy, an ingress and a proxy, mutual TLS", across);
}

/// One connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// How long an answer takes. Panics unless it is 200.
    fn ask(&mut self) -> Duration {
        let began = Instant::now();
        self.0.get_mut().write_all(b"GET / HTTP/1.1\r\nhost: stock\r\n\r\n").unwrap();
        let (mut length, mut line) = (0, String::new());
        self.0.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while !line.trim_end().is_empty() {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = said.trim_end().parse().unwrap();
            }
        }
        self.0.read_exact(&mut vec![0; length]).unwrap();
        began.elapsed()
    }
}

/// Answers whatever is asked over connections that it keeps open. Returns where.
fn application() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                    if line.is_empty() && (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// An Envoy that passes plain requests on, and knows nothing of meshes. It is killed with the value.
struct Alone(Child);

impl Alone {
    fn start(folder: &Path, envoy: &Path, from: u16, to: u16) -> Self {
        let at = |port: u16| format!("{{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}");
        let manager = "\"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
        let router = "\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
        let routes = "{virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: to}}]}]}";
        let filter = format!(
            "{{name: http, typed_config: {{{manager}, stat_prefix: alone, route_config: {routes}, http_filters: [{{name: router, typed_config: {{{router}}}}}]}}}}"
        );
        let endpoint = format!("{{endpoint: {{address: {}}}}}", at(to));
        let config = format!(
            "static_resources:
  listeners: [{{address: {}, filter_chains: [{{filters: [{filter}]}}]}}]
  clusters: [{{name: to, type: STATIC, load_assignment: {{cluster_name: to, endpoints: [{{lb_endpoints: [{endpoint}]}}]}}}}]
",
            at(from)
        );
        fs::write(folder.join("alone.yaml"), config).unwrap();
        let arguments = ["-c", "alone.yaml", "--use-dynamic-base-id", "--concurrency", "1", "-l", "error"];
        Self(Command::new(envoy).args(arguments).current_dir(folder).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
