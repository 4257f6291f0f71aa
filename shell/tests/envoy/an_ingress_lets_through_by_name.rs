//! Other zones come in by the server name that they ask for, and by nothing else. What they say afterwards is passed on as it is.
use crate::{
    running::{free_port, run, until},
    stage::ingress,
};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Answers whoever begins with TLS.
fn serves() -> u16 {
    serves_after(0).0
}

/// Answers whoever begins with TLS, but for the first ones, which wait for ever. Its port, and how many wait.
fn serves_after(waiting: usize) -> (u16, Arc<AtomicUsize>) {
    const HANDSHAKE: u8 = 22;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let wait = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wait);
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut connection in listener.incoming().flatten() {
            // All of the first record, so that nothing is left unread when the connection is closed.
            let mut head = [0; 5];
            let is_tls = connection.read_exact(&mut head).is_ok() && head[0] == HANDSHAKE;
            let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            if !is_tls || connection.read_exact(&mut hello).is_err() {
                continue;
            }
            if kept.len() < waiting {
                kept.push(connection);
                count.fetch_add(1, Ordering::Relaxed);
            } else {
                connection.write_all(b"seen").ok();
            }
        }
    });
    (port, wait)
}

/// With what one begins who asks for this name.
fn hello(name: &str) -> Vec<u8> {
    let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let mut tls = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    tls.write_tls(&mut hello).unwrap();
    hello
}

/// What comes back to whoever begins a handshake and asks for this name, or begins with something else.
fn comes_back(port: u16, asks: Result<&str, &[u8]>) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match asks {
        Ok(name) => connection.write_all(&hello(name)).unwrap(),
        Err(bytes) => connection.write_all(bytes).unwrap(),
    }
    let mut back = [0; 4];
    match connection.read(&mut back) {
        Ok(length) => String::from_utf8_lossy(&back[..length]).into_owned(),
        // Whoever is sent away with something unread is told so.
        Err(error) => {
            if error.kind() == ErrorKind::ConnectionReset {
                String::new()
            } else {
                panic!("{error}")
            }
        }
    }
}

#[test]
fn by_the_name_of_a_service_and_by_no_other() {
    let port = free_port();
    let Some(_running) = run(&ingress(port, serves()), &[], port) else { return };
    assert_eq!(comes_back(port, Ok("sni.msvc.shop.east.stock.web")), "seen");
    for unknown in ["sni.msvc.other.east.stock.web", "sni.msvc.shop.west.stock.web", "stock", "self_zoneingress_nowhere"] {
        assert_eq!(comes_back(port, Ok(unknown)), "", "{unknown}");
    }
    assert_eq!(comes_back(port, Ok("127.0.0.1")), "", "who asks for an address asks for no name");
    assert_eq!(comes_back(port, Err(b"GET / HTTP/1.1\r\n\r\n")), "", "who does not encrypt is not let in");
}

/// So many connections of each kind come to nothing: of those that ask for a service, more than Envoy lets one client have by itself.
const HALF_OPEN: usize = 2_000;

#[test]
fn also_while_thousands_begin_and_say_no_more() {
    allow_files();
    let port = free_port();
    let (serving, waiting) = serves_after(HALF_OPEN);
    let Some(_running) = run(&ingress(port, serving), &[], port) else { return };
    let hello = hello("sni.msvc.shop.east.stock.web");
    let begun = |bytes: &[u8]| {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        connection.write_all(bytes).unwrap();
        connection
    };
    // Some ask for a service and go no further; some do not finish what they ask for; some say nothing.
    let asking: Vec<TcpStream> = (0..HALF_OPEN).map(|_| begun(&hello)).collect();
    until(|| waiting.load(Ordering::Relaxed) == HALF_OPEN);
    let half: Vec<TcpStream> = (0..HALF_OPEN).map(|_| begun(&hello[..20])).collect();
    let silent: Vec<TcpStream> = (0..HALF_OPEN).map(|_| begun(b"")).collect();
    let began = Instant::now();
    assert_eq!(comes_back(port, Ok("sni.msvc.shop.east.stock.web")), "seen");
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    // Those that do not say what they ask for are sent away.
    for mut connection in half.into_iter().chain(silent) {
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let ended = connection.read(&mut [0; 1]);
        assert!(matches!(&ended, Ok(0)) || ended.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset), "{ended:?}");
    }
    drop(asking);
}

/// As many open files as the system lets this process have: it is all clients here, and the server.
fn allow_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
