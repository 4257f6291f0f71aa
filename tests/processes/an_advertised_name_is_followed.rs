//! An ingress may be advertised by a host name: control planes are told to which address that leads, and told anew when it leads elsewhere.
use crate::{
    cast::{Running, refused, until},
    launched::{Admin, Answering, ENVOY, bootstrap, runs, says, started},
};
use serde_json::json;
use std::{
    fs,
    net::{Ipv4Addr, UdpSocket},
    path::Path,
    process::Command,
    sync::{Arc, Mutex, atomic::Ordering},
    thread,
};

/// A nameserver that knows one name, or none.
struct Nameserver {
    at: String,
    leads_to: Arc<Mutex<Option<Ipv4Addr>>>,
}

impl Nameserver {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap().to_string();
        let leads_to: Arc<Mutex<Option<Ipv4Addr>>> = Arc::default();
        let known = Arc::clone(&leads_to);
        thread::spawn(move || {
            let mut asked = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut asked) {
                let address = *known.lock().unwrap();
                socket.send_to(&answer(&asked[..length], address), from).ok();
            }
        });
        Self { at, leads_to }
    }

    fn leads(&self, to: Option<&str>) {
        *self.leads_to.lock().unwrap() = to.map(|to| to.parse().unwrap());
    }
}

/// What is answered to a question: an alias, and the address of that, if it is for one of IPv4.
fn answer(asked: &[u8], address: Option<Ipv4Addr>) -> Vec<u8> {
    const A: [u8; 2] = [0, 1];
    let is_for_ipv4 = asked[asked.len() - 4..asked.len() - 2] == A;
    let answers: u8 = if address.is_some() && is_for_ipv4 { 2 } else { 0 };
    let code = if address.is_some() { 0x80 } else { 0x83 };
    let mut answer = [&asked[..2], &[0x81, code, 0, 1, 0, answers, 0, 0, 0, 0], &asked[12..]].concat();
    if let Some(address) = address.filter(|_| is_for_ipv4) {
        answer.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 7, 4, b'r', b'e', b'a', b'l', 0xc0, 12]);
        answer.extend([4, b'r', b'e', b'a', b'l', 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

/// The ingress of a zone, which is advertised so.
fn arguments<'a>(control_plane: &'a Answering, advertised: &'a str) -> Vec<&'a str> {
    let own = ["ingress", "run", "--address", "10.0.0.7", "--token-file", "token", "--advertised-address", advertised, "--envoy", ENVOY];
    [&own[..], &["--cp-address", &control_plane.address, "--ca-cert-file", "ca.pem", "--log-format", "json"]].concat()
}

fn launched(folder: &Path, arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    Running::spawned(command.current_dir(folder).args(arguments))
}

#[test]
fn when_it_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("token"), "some-token").unwrap();
    // The first question about another address is not answered at once.
    let answer = |number| if number == 1 { (503, String::new()) } else { (200, bootstrap(&json!({"node": {"id": ".ingress"}}))) };
    let control_plane = Answering::start(folder, answer);
    let nameserver = Nameserver::start();
    let arguments = [&arguments(&control_plane, "ingress.test")[..], &["--resolver", &nameserver.at, "--resolve-every", "1s"]].concat();
    let said = refused(folder, 2, &arguments);
    assert!(said.contains("--advertised-address: the host name `ingress.test` leads to no address: there is no such name"), "{said}");

    nameserver.leads(Some("203.0.113.7"));
    let mut launcher = launched(folder, &arguments);
    let (first, _) = started(folder, 1);
    let advertised = || {
        let asked = control_plane.asked();
        let resource: serde_json::Value = serde_json::from_str(asked.last().unwrap()["dataplaneResource"].as_str().unwrap()).unwrap();
        let networking = &resource["networking"];
        format!("{} behind {}", networking["address"].as_str().unwrap(), networking["advertisedAddress"].as_str().unwrap())
    };
    assert_eq!(advertised(), "10.0.0.7 behind 203.0.113.7");

    nameserver.leads(None);
    launcher.hears("that it leads nowhere", says("what it led to stays advertised"));
    assert!(runs(first), "nothing is different by that");

    nameserver.leads(Some("203.0.113.8"));
    let (second, _) = started(folder, 2);
    assert_eq!(advertised(), "10.0.0.7 behind 203.0.113.8");
    until("the first Envoy is gone", || !runs(first));
    assert_eq!(control_plane.asked().len(), 3);
    assert_eq!(launcher.stop(), Some(0));
    assert!(!runs(second));
}

/// Connections may end first; once nobody is there any more, nobody is waited for.
#[test]
fn and_connections_may_end_before_that() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("token"), "some-token").unwrap();
    let Admin { config, told, connections } = Admin::start();
    connections.store(1, Ordering::Relaxed);
    let control_plane = Answering::start(folder, move |_| (200, bootstrap(&config)));
    let nameserver = Nameserver::start();
    nameserver.leads(Some("203.0.113.7"));
    let own = ["--resolver", &nameserver.at, "--resolve-every", "1s", "--drain-time", "1h"];
    let mut launcher = launched(folder, &[&arguments(&control_plane, "ingress.test")[..], &own].concat());
    let (first, _) = started(folder, 1);
    nameserver.leads(Some("203.0.113.8"));
    launcher.hears("that it drains", says("connections may end, before Envoy is started anew"));
    let told: Vec<String> = told.try_iter().collect();
    assert_eq!(told, ["POST /healthcheck/fail HTTP/1.1", "POST /drain_listeners?graceful&skip_exit HTTP/1.1"]);
    assert!(runs(first));
    connections.store(0, Ordering::Relaxed);
    launcher.hears("that nobody is there", says("all connections have ended"));
    let (second, _) = started(folder, 2);
    assert!(!runs(first) && runs(second));
    // While it waits again it can be stopped.
    connections.store(1, Ordering::Relaxed);
    nameserver.leads(Some("203.0.113.9"));
    launcher.hears("that it drains", says("connections may end, before Envoy is started anew"));
    launcher.terminate();
    launcher.hears("that it stops", says("stopping"));
    launcher.terminate();
    assert_eq!(launcher.ended(), Some(0));
    assert!(!runs(second));
}

#[test]
fn what_is_no_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("token"), "some-token").unwrap();
    let control_plane = Answering::start(folder, |_| (200, bootstrap(&json!({}))));
    for wrong in ["203.0.113.700", "ingress.test:443", "https://ingress.test", "0.0.0.0", "in gress", "x-.test", "a..b", ""] {
        let said = refused(folder, 2, &arguments(&control_plane, wrong));
        assert!(
            said.contains("--advertised-address") && (said.contains("it is an IP address") || said.contains("it is one address")),
            "{said}"
        );
    }
    let said = refused(folder, 2, &[&arguments(&control_plane, "x.test")[..], &["--resolve-every", "10ms"]].concat());
    assert!(said.contains("between `1s` and `24h`"), "{said}");
    assert!(control_plane.asked().is_empty());
}
