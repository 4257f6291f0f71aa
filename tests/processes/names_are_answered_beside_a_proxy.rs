//! A workload whose traffic is redirected asks the launcher of its proxy for names: those of services are told by Envoy, others by whoever knows.
use crate::{
    asked::{NO_ERROR, NO_SUCH_NAME, REFUSED, SERVER_FAILURE, over_tcp, over_udp, question},
    cast::{Running, until},
    launched::{Answering, ENVOY, bootstrap, says, started},
};
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixListener,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

const REDIRECTED: &str = "
type: Dataplane
mesh: default
name: web-1
networking:
  address: 127.0.0.1
  inbound: [{ port: 8080, tags: { kuma.io/service: web } }]
  transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 }
";
const DATA: &str = "strait-data/proxy-default-web-1";
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn launcher(folder: &Path, control_plane: &Answering, port: u16, more: &[&str]) -> Command {
    fs::write(folder.join("redirected.yaml"), REDIRECTED.trim_start()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.current_dir(folder).args(["proxy", "run", "--log-format", "json", "--envoy", ENVOY, "--ca-cert-file", "ca.pem"]);
    command.args(["--cp-address", &control_plane.address, "--dataplane-file", "redirected.yaml", "--dns-port", &port.to_string()]);
    command.args(more);
    command
}

fn gives_a_bootstrap(folder: &Path) -> Answering {
    Answering::start(folder, |_| (200, bootstrap(&json!({"node": {"id": "default.web-1"}}))))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What Envoy tells its launcher, on its socket; and what it was asked.
struct Telling {
    names: Arc<Mutex<Vec<(&'static str, &'static str)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Telling {
    fn start(folder: &Path) -> Self {
        let (names, asked) = (Arc::default(), Arc::default());
        let listener = UnixListener::bind(folder.join(DATA).join("kuma-mesh-metric-config.sock")).unwrap();
        let told: Arc<Mutex<Vec<(&str, &str)>>> = Arc::clone(&names);
        let heard: Arc<Mutex<Vec<String>>> = Arc::clone(&asked);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length > 0) {
                    head.extend(byte);
                }
                let head = String::from_utf8(head).unwrap();
                let records: Vec<_> = told.lock().unwrap().iter().map(|(name, ip)| json!({"name": name, "ips": [ip]})).collect();
                let body = json!({"records": records, "ttl": 30, "extraLabels": {}}).to_string();
                let tag = format!("tag-{}", body.len());
                let answer = if head.to_lowercase().contains(&format!("if-none-match: {tag}\r\n")) {
                    "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned()
                } else {
                    format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                };
                heard.lock().unwrap().push(answer.lines().next().unwrap().to_owned());
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self { names, asked }
    }

    fn tells(&self, names: &[(&'static str, &'static str)]) {
        *self.names.lock().unwrap() = names.to_vec();
    }

    /// How often it was asked for what it had told.
    fn repeated(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|answer| answer.contains("304")).count()
    }
}

/// A nameserver that knows one address of every name. Its port.
fn nameserver() -> u16 {
    nameserver_that(|_| {})
}

/// The same, which hands on what it is asked over UDP.
fn nameserver_that(hears: impl Fn(&[u8]) + Send + 'static) -> u16 {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let udp = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    let answer = |asked: &[u8]| {
        let mut answer = asked.to_vec();
        (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
        // The name as in the question, A, IN, TTL 60, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(ELSEWHERE.octets());
        answer
    };
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            hears(&buffer[..length]);
            udp.send_to(&answer(&buffer[..length]), from).ok();
        }
    });
    thread::spawn(move || {
        for mut stream in tcp.incoming().flatten() {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut asked).unwrap();
            let answer = answer(&asked);
            stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    port
}

#[test]
fn as_envoy_tells_them_and_as_it_told_them_last() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let (port, upstream) = (free_port(), format!("127.0.0.1:{}", nameserver()));
    let at = format!("127.0.0.1:{port}");
    let mut first = Running::spawned(&mut launcher(folder, &control_plane, port, &["--dns-upstream", &upstream]));
    first.hears("that it answers", says("names are answered"));
    // Before Envoy has told any.
    assert_eq!(over_udp(&at, "stock.svc.mesh.local"), (SERVER_FAILURE, None));
    assert_eq!(over_udp(&at, "example.com"), (NO_ERROR, Some(ELSEWHERE)));
    assert_eq!(over_tcp(&at, "example.com"), (NO_ERROR, Some(ELSEWHERE)));
    started(folder, 1);
    let asked = control_plane.asked();
    assert_eq!((&asked[0]["features"], &asked[0]["workdir"]), (&json!(["feature-embedded-dns"]), &json!(DATA)));

    let envoy = Telling::start(folder);
    envoy.tells(&[("stock.svc.mesh.local", "241.0.0.1"), ("till.example", "241.0.0.2")]);
    until("a name is known", || over_udp(&at, "stock.svc.mesh.local") == (NO_ERROR, Some([241, 0, 0, 1].into())));
    assert_eq!(over_tcp(&at, "TILL.example"), (NO_ERROR, Some([241, 0, 0, 2].into())));
    assert_eq!(over_udp(&at, "other.svc.mesh.local"), (NO_SUCH_NAME, None));
    assert_eq!(over_udp(&at, "svc.mesh.local"), (NO_ERROR, None), "there are names below it");
    assert_eq!(over_udp(&at, "example"), (NO_ERROR, Some(ELSEWHERE)));
    until("it is asked for what it told", || envoy.repeated() > 0);
    envoy.tells(&[("other.svc.mesh.local", "241.0.0.3")]);
    until("the names are others", || over_udp(&at, "other.svc.mesh.local") == (NO_ERROR, Some([241, 0, 0, 3].into())));
    assert_eq!(over_udp(&at, "till.example"), (NO_ERROR, Some(ELSEWHERE)));
    assert_eq!(first.stop(), Some(0));

    // Envoy is not there yet, and the zone may be away.
    fs::remove_file(folder.join(DATA).join("kuma-mesh-metric-config.sock")).unwrap();
    let mut second = Running::spawned(&mut launcher(folder, &control_plane, port, &["--dns-upstream", &upstream]));
    second.hears("that it answers", says("names are answered"));
    assert_eq!(over_udp(&at, "other.svc.mesh.local"), (NO_ERROR, Some([241, 0, 0, 3].into())));
    assert_eq!(second.stop(), Some(0));
}

#[test]
fn elsewhere_by_the_next_if_one_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let port = free_port();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let upstreams = format!("127.0.0.1:{},127.0.0.1:{}", silent.local_addr().unwrap().port(), nameserver());
    let mut launcher = Running::spawned(&mut launcher(folder, &control_plane, port, &["--dns-upstream", &upstreams]));
    launcher.hears("that it answers", says("names are answered"));
    assert_eq!(over_udp(&format!("127.0.0.1:{port}"), "example.com"), (NO_ERROR, Some(ELSEWHERE)));
    assert_eq!(launcher.stop(), Some(0));
}

#[test]
fn not_where_nobody_else_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let port = free_port();
    let at = format!("127.0.0.1:{port}");
    // It does not ask itself, and nobody listens at the other.
    let upstreams = format!("{at},127.0.0.1:{}", free_port());
    let mut launcher = Running::spawned(&mut launcher(folder, &control_plane, port, &["--dns-upstream", &upstreams]));
    launcher.hears("that it answers", says("names are answered"));
    assert_eq!(over_udp(&at, "example.com"), (SERVER_FAILURE, None));
    assert_eq!(over_tcp(&at, "example.com"), (SERVER_FAILURE, None));
    assert_eq!(launcher.stop(), Some(0));
}

#[test]
fn only_where_traffic_is_redirected() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let port = free_port();
    let launcher = control_plane.launches(folder, &["--dns-port", &port.to_string()]);
    started(folder, 1);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(control_plane.asked()[0]["features"], json!([]));
    assert_eq!(launcher.stop(), Some(0));
}

/// Others are asked what has the right form, as it is; nothing else leaves the machine.
#[test]
fn elsewhere_as_it_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let (hears, heard) = mpsc::channel();
    let (port, upstream) = (free_port(), nameserver_that(move |asked| hears.send(asked.to_vec()).unwrap()));
    let upstream = format!("127.0.0.1:{upstream}");
    let mut launcher = Running::spawned(&mut launcher(folder, &control_plane, port, &["--dns-upstream", &upstream]));
    launcher.hears("that it answers", says("names are answered"));
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(("127.0.0.1", port)).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = |bytes: &[u8]| {
        client.send(bytes).unwrap();
        let mut buffer = [0; 2048];
        let length = client.recv(&mut buffer).unwrap();
        assert_eq!(buffer[..2], bytes[..2]);
        buffer[..length].to_vec()
    };
    // Of type TXT; with flags, a cookie, and an option that nobody knows.
    let mut unusual = question("ExAmple.com");
    let end = unusual.len();
    (unusual[3], unusual[11], unusual[end - 3]) = (0x30, 1, 16);
    unusual.extend([0, 0, 41, 16, 0, 0, 0, 0x80, 0, 0, 17, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0xe9, 0, 1, 9]);
    assert_eq!(told(&unusual)[3] & 0xf, NO_ERROR);
    assert_eq!(heard.recv().unwrap(), unusual);

    let with = |at: usize, byte: u8| {
        let mut bytes = unusual.clone();
        bytes[at] = byte;
        bytes
    };
    let version = end + 6;
    for (what, bytes, code) in [
        ("UPDATE", with(2, 5 << 3), 4),
        ("NOTIFY", with(2, 4 << 3), 4),
        ("IXFR", with(end - 3, 251), REFUSED),
        ("AXFR", with(end - 3, 252), REFUSED),
        ("extensions of another version", with(version, 1), NO_ERROR),
        ("two questions", with(5, 2), 1),
        ("a name that points elsewhere", with(12, 0xc0), 1),
        ("a label that is too long", with(12, 64), 1),
        ("more than is counted", with(11, 0), 1),
        ("too much", [&unusual[..], &[0; 5000]].concat(), 1),
    ] {
        let answer = told(&bytes);
        assert_eq!(answer[3] & 0xf, code, "{what}");
        // The rest of a code that has more bits (BADVERS) stands in the record of extensions, with which the answer ends.
        assert_eq!(answer.len() > end && answer[end + 5] == 1, what.starts_with("extensions"), "{what}: {answer:?}");
    }
    assert_eq!(told(&unusual)[3] & 0xf, NO_ERROR);
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [unusual], "nothing of that was passed on");
    assert_eq!(launcher.stop(), Some(0));
}

/// What the control plane holds of a proxy that brings no `Dataplane`, only that control plane knows.
#[test]
fn as_the_control_plane_says_of_a_dataplane_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let says_redirected = |is_redirected: bool| {
        let mut answer: serde_json::Value = serde_json::from_str(&bootstrap(&json!({"node": {"id": "default.web-1"}}))).unwrap();
        answer["kumaSidecarConfiguration"] = json!({"networking": {"isUsingTransparentProxy": is_redirected}});
        (200, answer.to_string())
    };
    let answers = Arc::new(Mutex::new((503, "not yet".to_owned())));
    let given = Arc::clone(&answers);
    let control_plane = Answering::start(folder, move |_| given.lock().unwrap().clone());
    let (port, upstream) = (free_port(), format!("127.0.0.1:{}", nameserver()));
    let at = format!("127.0.0.1:{port}");
    let launch = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
        command.current_dir(folder).args(["proxy", "run", "--log-format", "json", "--envoy", ENVOY, "--ca-cert-file", "ca.pem"]);
        command.args(["--cp-address", &control_plane.address, "--name", "web-1", "--dns-port", &port.to_string()]);
        Running::spawned(command.args(["--dns-upstream", &upstream]))
    };
    let is_answered = || over_udp(&at, "example.com") == (NO_ERROR, Some(ELSEWHERE));
    let mut first = launch();
    // Also the name of the control plane itself is asked for here, where only a mark tells the launcher from its workload.
    first.hears("that it answers", says("names are answered"));
    assert!(is_answered());
    *answers.lock().unwrap() = says_redirected(true);
    started(folder, 1);
    assert!(is_answered());
    assert_eq!(control_plane.asked()[0]["features"], json!(["feature-embedded-dns"]));
    assert_eq!(first.stop(), Some(0));

    // What was kept with the bootstrap holds while nobody says anything else.
    *answers.lock().unwrap() = (503, "not now".to_owned());
    let second = launch();
    started(folder, 2);
    assert!(is_answered());
    assert_eq!(second.stop(), Some(0));

    *answers.lock().unwrap() = says_redirected(false);
    let third = launch();
    started(folder, 3);
    assert!(TcpStream::connect(&at).is_err());
    assert_eq!(third.stop(), Some(0));

    // Where nobody is led here, the port may be anybody's.
    let taken = UdpSocket::bind(&at).unwrap();
    let fourth = launch();
    started(folder, 4);
    assert_eq!(fourth.stop(), Some(0));
    *answers.lock().unwrap() = says_redirected(true);
    let mut fifth = launch();
    fifth.hears("why it ends", says("names cannot be answered on 127.0.0.1:"));
    assert_eq!(fifth.ended(), Some(3));
    drop(taken);
}

#[test]
fn not_on_a_port_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = gives_a_bootstrap(folder);
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let output = launcher(folder, &control_plane, taken.local_addr().unwrap().port(), &[]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("names cannot be answered on 127.0.0.1:") && said.contains("UDP") && said.contains("--dns-port"), "{said}");
}
