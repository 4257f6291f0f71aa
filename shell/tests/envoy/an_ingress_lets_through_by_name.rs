//! Other zones come in by the server name that they ask for, and by nothing else. What they say afterwards is passed on as it is.
use crate::{
    running::{free_port, run},
    stage::ingress,
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Answers whoever begins with TLS.
fn serves() -> u16 {
    const HANDSHAKE: u8 = 22;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            // All of the first record, so that nothing is left unread when the connection is closed.
            let mut head = [0; 5];
            let is_tls = connection.read_exact(&mut head).is_ok() && head[0] == HANDSHAKE;
            let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            if is_tls && connection.read_exact(&mut hello).is_ok() {
                connection.write_all(b"seen").ok();
            }
        }
    });
    port
}

/// What comes back to whoever begins a handshake and asks for this name, or begins with something else.
fn comes_back(port: u16, asks: Result<&str, &[u8]>) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match asks {
        Ok(name) => {
            let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
            let mut tls = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
            tls.write_tls(&mut connection).unwrap();
        }
        Err(bytes) => connection.write_all(bytes).unwrap(),
    }
    let mut back = [0; 4];
    match connection.read(&mut back) {
        Ok(length) => String::from_utf8_lossy(&back[..length]).into_owned(),
        // Whoever is sent away with something unread is told so.
        Err(error) => {
            if error.kind() == std::io::ErrorKind::ConnectionReset {
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
