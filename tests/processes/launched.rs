//! A launcher of a proxy, an Envoy that is none, and a control plane that answers as a test wants it.
use crate::cast::{Running, until};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};
use strait_shell::tls::{Authority, accept, acceptor};
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_stream::StreamExt as _;

/// What stands for Envoy.
pub(crate) const ENVOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/processes/envoy.sh");

const DATAPLANE: &str = "
type: Dataplane
mesh: default
name: {{ name }}
networking:
  address: 127.0.0.1
  inbound: [{ port: 8080, tags: { kuma.io/service: web } }]
";

/// A launcher of `default/web-1`, and what it is told besides.
pub(crate) fn launcher(folder: &Path, arguments: &[&str]) -> Command {
    fs::write(folder.join("dataplane.yaml"), DATAPLANE.trim_start()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.current_dir(folder).args(["proxy", "run", "--log-format", "json", "--envoy", ENVOY]);
    command.args(["--dataplane-file", "dataplane.yaml", "--dataplane-var", "name=web-1"]).args(arguments);
    command
}

/// What stands for Envoy, once it was started so often: its process, and what it was told.
pub(crate) fn started(folder: &Path, times: usize) -> (u32, String) {
    let file = folder.join("started.txt");
    let starts = || fs::read_to_string(&file).unwrap_or_default();
    until("Envoy is started", || starts().matches('\n').count() >= times);
    let starts = starts();
    let (process, told) = starts.lines().last().unwrap().split_once(' ').unwrap();
    assert_eq!(starts.lines().count(), times, "{starts}");
    (process.parse().unwrap(), told.to_owned())
}

/// Whether a process runs. One that ended, and that nobody has waited for yet, does not.
pub(crate) fn runs(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// kill -9.
pub(crate) fn kill(process: u32) {
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
}

/// That a line has this message.
pub(crate) fn says(message: &str) -> impl Fn(&Value) -> bool {
    move |line| line["message"].as_str().is_some_and(|said| said.contains(message))
}

/// What a control plane answers with this bootstrap.
pub(crate) fn bootstrap(config: &Value) -> String {
    json!({"bootstrap": STANDARD.encode(config.to_string()), "kumaSidecarConfiguration": {}}).to_string()
}

/// What takes Envoy's part at its own interface.
pub(crate) struct Admin {
    /// What a bootstrap says of it.
    pub(crate) config: Value,
    /// What it is told.
    pub(crate) told: mpsc::Receiver<String>,
    /// How many connections a listener has, as it says when it is asked.
    pub(crate) connections: Arc<AtomicU64>,
}

impl Admin {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = mpsc::channel();
        let connections: Arc<AtomicU64> = Arc::default();
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let connections = counted.load(Ordering::Relaxed);
                let said = format!("listener.10.0.0.7_10001.downstream_cx_active: {connections}\nlistener.admin.downstream_cx_active: 1\n");
                let is_told = first.starts_with("POST");
                let body = if is_told { "OK\n" } else { &said };
                if is_told && tell.send(first).is_err() {
                    return;
                }
                let _ = write!(&stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            }
        });
        let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
        Self { config: json!({"admin": {"address": address}}), told, connections }
    }
}

/// A control plane that answers as a test wants it, until it is dropped.
pub(crate) struct Answering {
    /// `https://HOST:PORT`.
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Value>>>,
    _runtime: Runtime,
}

impl Answering {
    /// Answers each question by its number, from 0, with a status and a body. Its authority is written to `ca.pem`.
    pub(crate) fn start(folder: &Path, answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start_at(0, folder, answer)
    }

    /// The same, on this port.
    pub(crate) fn start_at(port: u16, folder: &Path, answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        let authority = Authority::generate().unwrap();
        fs::write(folder.join("ca.pem"), &authority.own.certificate).unwrap();
        let acceptor = acceptor(&authority.certify(&["localhost".to_owned()]).unwrap()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port))).unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (asked, answer) = (Arc::default(), Arc::new(answer));
        let heard: Arc<Mutex<Vec<Value>>> = Arc::clone(&asked);
        runtime.spawn(async move {
            let mut connections = accept(listener, acceptor);
            while let Some(Ok(stream)) = connections.next().await {
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                    async move {
                        let answers = |status, body: String| Response::builder().status(status).body(Full::new(Bytes::from(body))).unwrap();
                        assert_eq!(request.method().as_str(), "POST");
                        if request.uri().path() != "/bootstrap" {
                            return Ok(answers(404, String::new()));
                        }
                        assert_eq!(request.headers()["accept"], "application/json");
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let number = {
                            let mut heard = heard.lock().unwrap();
                            heard.push(serde_json::from_slice(&body).unwrap());
                            heard.len() - 1
                        };
                        let (status, body) = answer(number);
                        Ok::<_, Infallible>(answers(status, body))
                    }
                });
                tokio::spawn(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, asked, _runtime: runtime }
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }

    /// A launcher that asks it.
    pub(crate) fn launcher(&self, folder: &Path, arguments: &[&str]) -> Command {
        launcher(folder, &[&["--cp-address", &self.address, "--ca-cert-file", "ca.pem"], arguments].concat())
    }

    /// The same, and it runs.
    pub(crate) fn launches(&self, folder: &Path, arguments: &[&str]) -> Running {
        Running::spawned(&mut self.launcher(folder, arguments))
    }
}
