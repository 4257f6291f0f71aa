//! Who comes to an ingress with a name that nobody serves, without TLS, or without a word is turned away and counted; `strait status` says it,
//! by ingress, and requests cross zones as before.
use crate::{
    cast::{Running, answer, says, until},
    stage::{MESH, Stage, asking, serving},
    workloads::{Application, apply, ask, free},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Comes, says this, and waits to be sent away.
fn comes(port: u16, says: &[u8]) {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    connection.write_all(says).unwrap();
    let said = connection.read(&mut [0; 16]);
    assert!(!matches!(said, Ok(1..)), "it is answered: {said:?}");
}

/// With what one begins who asks for this name.
fn hello(name: &str) -> Vec<u8> {
    let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let mut tls = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    tls.write_tls(&mut hello).unwrap();
    hello
}

#[test]
fn by_why_and_nobody_else_notices() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let (east, west) = (Running::zone(folder, "east", &global), Running::zone(folder, "west", &global));
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    apply(folder, MESH, &stage.global.api);
    let application = Application::start();
    let (inbound, outbound, entrance) = (free(), free(), free());
    let _stock = stage.proxy(("west", &west), "stock", &serving(inbound, application.port));
    let _cart = stage.proxy(("east", &east), "cart", &asking(outbound, inbound));
    let ingress = stage.ingress_told(("west", &west), entrance, free());
    until("a request crosses zones", || ask(outbound, "/").0 == 200);
    let turned_away = || {
        let (_, status) = answer(&west.api, "GET", "/status", "");
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let counted = &status["proxies"]["/ingress"]["turnedAway"];
        ["unknownName", "plain", "silent", "tooMany"].map(|field| counted[field].as_u64())
    };
    until("nobody was turned away", || turned_away() == [Some(0); 4]);

    // Of a mesh that there is none of here, and of none at all.
    comes(entrance, &hello("sni.msvc.shop.west.other.main"));
    comes(entrance, &hello("sni.msvc.market.west.stock.main"));
    comes(entrance, b"GET / HTTP/1.1\r\nhost: stock\r\n\r\n");
    comes(entrance, b"");
    // A handshake that is begun and left there.
    comes(entrance, &hello("sni.msvc.shop.west.other.main")[..20]);
    until("all are counted", || turned_away() == [Some(2), Some(1), Some(2), Some(0)]);
    assert_eq!(ask(outbound, "/").0, 200);
    let shown = says(folder, &["status", "--api", &west.api]);
    let line = shown.lines().find(|line| line.starts_with("/ingress") && line.split_whitespace().count() == 5);
    let line: Vec<&str> = line.unwrap_or_else(|| panic!("{shown}")).split_whitespace().collect();
    assert_eq!(line, ["/ingress", "2", "1", "2", "0"], "{shown}");

    // Whose launcher cannot ask is said.
    drop(ingress);
    let _ingress = stage.ingress(("west", &west), free());
    until("nothing is counted", || says(folder, &["status", "--api", &west.api]).contains("not counted"));
}
