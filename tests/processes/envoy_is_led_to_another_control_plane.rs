//! Of several control planes Envoy is led to another one when its own is gone, through the launcher, and is not started anew for that.
use crate::{
    cast::{Running, until},
    launched::{Answering, bootstrap, launcher, says, started},
};
use http_body_util::Full;
use hyper::{Request, body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    time::Duration,
};
use strait_shell::{
    kds::Connect as _,
    tls::{TlsConnect, trusting},
};
use tokio::{runtime::Runtime, time::timeout};

/// Two control planes, and a launcher that was told of both.
struct Stage {
    launcher: Running,
    /// Who gave the bootstrap, while it is there.
    near: Option<Answering>,
    other: Answering,
    /// Where Envoy is to reach its control plane.
    port: u16,
    authorities: String,
    authority_of_near: String,
    runtime: Runtime,
}

impl Stage {
    fn set(folder: &Path) -> Self {
        let names = json!({"match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": "localhost"}}]});
        let cluster = json!({
            "name": "ads_cluster", "type": "STRICT_DNS",
            "transport_socket": {"typed_config": {"common_tls_context": {"validation_context": names}}},
            "load_assignment": {"endpoints": [{"lb_endpoints": []}]},
        });
        let config = bootstrap(&json!({"static_resources": {"clusters": [{"name": "another"}, cluster]}}));
        let both = [config.clone(), config].map(|config| {
            let answering = Answering::start(folder, move |_| (200, config.clone()));
            (answering, fs::read_to_string(folder.join("ca.pem")).unwrap())
        });
        let [(first, one), (second, another)] = both;
        let authorities = one.clone() + &another;
        fs::write(folder.join("ca.pem"), &authorities).unwrap();
        let addresses = format!("{},{}", first.address, second.address);
        let mut launcher = Running::spawned(&mut launcher(folder, &["--cp-address", &addresses, "--ca-cert-file", "ca.pem"]));
        let by = launcher.hears("who gave the bootstrap", says("a control plane gave the bootstrap"))["by"].clone();
        let (near, other, authority_of_near) = if by == first.address.as_str() { (first, second, one) } else { (second, first, another) };
        started(folder, 1);
        let written = fs::read_to_string(folder.join("strait-data/proxy-default-web-1/envoy.yaml")).unwrap();
        let written: Value = serde_json::from_str(&written).unwrap();
        let cluster = &written["static_resources"]["clusters"][1];
        let name = json!({"san_type": "DNS", "matcher": {"exact": "localhost"}});
        let names = cluster.pointer("/transport_socket/typed_config/common_tls_context/validation_context/match_typed_subject_alt_names");
        assert_eq!((&cluster["type"], names), (&json!("STATIC"), Some(&json!([name, name]))));
        let socket = &cluster.pointer("/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address").unwrap();
        assert_eq!(socket["address"], "127.0.0.1");
        let port = socket["port_value"].as_u64().unwrap().try_into().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { launcher, near: Some(near), other, port, authorities, authority_of_near, runtime }
    }

    /// Takes Envoy's part: whether a control plane answers in time.
    fn is_answered(&self) -> bool {
        self.runtime.block_on(async { timeout(Duration::from_secs(2), self.ask()).await }).is_ok_and(|answered| answered.is_some())
    }

    /// Whether it is the one that gave the bootstrap that shows its certificate. The connection ends then.
    fn reaches_near(&self) -> bool {
        let connect = self.connect(&self.authority_of_near);
        self.runtime.block_on(async { timeout(Duration::from_secs(2), connect.connect()).await }).is_ok_and(|shown| shown.is_ok())
    }

    fn connect(&self, authority: &str) -> TlsConnect {
        let connector = trusting(authority).unwrap();
        TlsConnect { address: format!("127.0.0.1:{}", self.port), name: "localhost".try_into().unwrap(), connector }
    }

    async fn ask(&self) -> Option<()> {
        let stream = TokioIo::new(self.connect(&self.authorities).connect().await.ok()?);
        let (mut sender, connection) = http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), stream).await.ok()?;
        let driven = tokio::spawn(connection);
        let request =
            Request::post("https://localhost/bootstrap").header("accept", "application/json").body(Full::new("{}".into())).unwrap();
        let status = sender.send_request(request).await.ok()?.status();
        driven.abort();
        status.is_success().then_some(())
    }
}

#[test]
fn when_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut stage = Stage::set(folder);
    assert!(stage.is_answered());
    let asked = stage.near.take().map(|near| near.asked().len());
    assert_eq!((asked, stage.other.asked().len()), (Some(2), 0), "the one that gave the bootstrap is used, and is gone now");
    until("the other answers", || stage.is_answered());
    assert!(!stage.other.asked().is_empty());
    stage.launcher.hears("that it is another", says("Envoy is led to another control plane"));
    started(folder, 1);
    assert_eq!(stage.launcher.stop(), Some(0));
}

#[test]
fn when_it_takes_connections_but_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut stage = Stage::set(folder);
    let address = stage.near.take().unwrap().address;
    let port = address.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let _silent = TcpListener::bind(("127.0.0.1", port)).unwrap();
    until("the other answers", || stage.is_answered());
    assert!(!stage.other.asked().is_empty());
    // Envoy was not served twice, or measuring found nobody there whose certificate is believed: whichever came first.
    let is_it = |line: &Value| {
        line["why"].as_str().is_some_and(|why| why.starts_with("the one before is reached, but serves nobody: "))
            || !line["round"].is_null()
    };
    stage.launcher.hears("why", is_it);
    started(folder, 1);
    assert_eq!(stage.launcher.stop(), Some(0));
}

/// Any process of the machine can connect to the launcher.
#[test]
fn never_for_who_says_nothing_or_comes_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let stage = Stage::set(folder);
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", stage.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let is_closed = |mut stream: &TcpStream| match stream.read(&mut [0; 16]) {
        Ok(length) => length == 0,
        Err(why) => why.kind() == ErrorKind::ConnectionReset,
    };
    // More than there are places: Envoy has one all the same, at once.
    let silent: Vec<TcpStream> = (0..40).map(|_| connect()).collect();
    assert!(stage.reaches_near());
    // As far as TLS begins.
    let begun: Vec<TcpStream> = (0..40).map(|_| connect()).collect();
    begun.iter().for_each(|mut stream| _ = stream.write_all(&[22, 3, 1, 2]));
    assert!(stage.reaches_near());
    assert!(is_closed(&silent[0]) && is_closed(&begun[0]), "they made room");
    // What speaks something else is not passed on.
    let mut other = connect();
    other.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(is_closed(&other));
    for _ in 0..6 {
        assert!(stage.reaches_near(), "for a moment only");
    }
    // The control plane waits for no handshake for ever, and says nothing then.
    assert!(begun.iter().all(is_closed));
    assert!(stage.reaches_near() && stage.is_answered());
    assert_eq!((stage.near.as_ref().unwrap().asked().len(), stage.other.asked().len()), (2, 0));
    assert_eq!(stage.launcher.stop(), Some(0));
}

#[test]
fn when_somebody_else_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut stage = Stage::set(folder);
    let address = stage.near.take().unwrap().address;
    let port = address.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    // It is reached, speaks TLS, and would answer.
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Answering::start_at(port, elsewhere.path(), |_| (200, bootstrap(&json!({}))));
    until("the other answers", || stage.is_answered());
    assert!(!stage.other.asked().is_empty() && stranger.asked().is_empty());
    let is_why =
        |line: &Value| line["why"].as_str().is_some_and(|why| why.contains("its certificate is not believed: invalid peer certificate"));
    stage.launcher.hears("why", is_why);
    started(folder, 1);

    // Nor is it led back there, while there is nobody else.
    stage.other = Answering::start(elsewhere.path(), |_| (200, bootstrap(&json!({}))));
    assert!(!stage.is_answered());
    stage.launcher.hears("that there is nobody", says("no control plane can be reached"));
    assert_eq!(stage.launcher.stop(), Some(0));
}
