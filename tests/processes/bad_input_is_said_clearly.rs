//! What is wrong outside is said in words that tell what to do, with an exit code of its own; and nobody else suffers.
use crate::cast::{Running, http, refused, until};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
};

const QUIET: [&str; 4] = ["--kds-listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0"];

#[test]
fn of_flags_folders_and_ports() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = |code: i32, more: &[&str]| refused(folder, code, &[&["global", "run"][..], &QUIET[..2], more].concat());
    let said = global(2, &["--data-dri", "x"]);
    assert!(said.contains("unexpected argument '--data-dri'") && said.contains("--data-dir"), "{said}");
    fs::write(folder.join("file"), "").unwrap();
    let said = global(4, &["--api-listen", "127.0.0.1:0", "--data-dir", "file"]);
    assert!(said.contains("the data directory file: "), "{said}");
    let said = global(4, &["--api-listen", "127.0.0.1:0", "--data-dir", "/proc/strait"]);
    assert!(said.contains("the data directory /proc/strait: "), "{said}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let said = global(3, &["--api-listen", &at]);
    assert!(said.contains(&format!("the API cannot listen on {at}: Address already in use")), "{said}");
}

#[test]
fn of_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let expired = expired();
    write("cert.pem", &expired.0);
    write("key.pem", &expired.1);
    write("other.pem", &rcgen::KeyPair::generate().unwrap().serialize_pem());
    write("none.pem", "no certificate\n");
    let files = |cert: &'static str, key: &'static str| {
        ["global", "run", "--kds-tls-cert-file", cert, "--kds-tls-key-file", key, "--kds-tls-ca-file", "cert.pem"]
    };
    let global = |cert, key| refused(folder, 2, &[&files(cert, key)[..], &QUIET[..]].concat());
    let said = global("none.pem", "key.pem");
    assert!(said.contains("kds.tls: the certificate: there is none in PEM form"), "{said}");
    let said = global("cert.pem", "other.pem");
    assert!(said.contains("kds.tls: the certificate and its key: "), "{said}");
    let said = global("absent.pem", "key.pem");
    assert!(said.contains("kds.tls.certFile: absent.pem: No such file"), "{said}");
    // One that is only too old is the zones' to refuse.
    let global = Running::start(folder, &[&files("cert.pem", "key.pem")[..], &QUIET[..2]].concat());
    until("it is ready", || http(&global.api, "/ready").starts_with("HTTP/1.1 200"));
    let mut zone = Running::zone(folder, "east", &global);
    zone.hears("that the certificate has expired", |line| line["why"].as_str().is_some_and(|why| why.contains("certificate expired")));
}

/// A certificate for localhost that was valid once, and its key.
fn expired() -> (String, String) {
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    let key = rcgen::KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[test]
fn of_a_global_that_is_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("grpcs://{}", other.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in other.incoming().map_while(Result::ok) {
            let mut stream: TcpStream = stream;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            let _ = stream.read(&mut [0; 1024]);
        }
    });
    let upstream = ["--global-address", &at, "--global-ca-file", "strait-data/global/ca.pem"];
    let mut zone = Running::start(folder, &[&["zone", "run", "--name", "east"][..], &upstream[..]].concat());
    zone.hears("that it does not speak TLS", |line| line["why"].as_str().is_some_and(|why| why.contains("received corrupt message")));
    assert!(http(&zone.api, "/ready").starts_with("HTTP/1.1 200"), "a zone serves also without a global");
    drop(global);
}

#[test]
fn of_too_few_file_descriptors_which_end_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let few = |number: u32| {
        let mut shell = Command::new("sh");
        shell.current_dir(folder).args(["-c", &format!("ulimit -n {number}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_strait")]);
        shell
    };
    let output = few(6).args(["global", "run"]).args(QUIET).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(3..=5)), "{said}");
    assert!(said.contains("Too many open files"), "{said}");

    let mut global = Running::started(few(48).args(["global", "run"]).args(&QUIET[..2]));
    until("it is ready", || http(&global.api, "/ready").starts_with("HTTP/1.1 200"));
    let at = global.zones_at();
    let many: Vec<TcpStream> = (0..80).map(|_| TcpStream::connect(&at).unwrap()).collect();
    global.hears("that it takes no more", |line| {
        line["message"].as_str().is_some_and(|said| said.contains("connections cannot be accepted"))
            && line["error"].as_str().is_some_and(|why| why.contains("Too many open files"))
    });
    drop(many);
    until("it takes zones again", || http(&global.api, "/ready").starts_with("HTTP/1.1 200"));
    let zone = Running::zone(folder, "east", &global);
    until("east is here", || crate::cast::says(folder, &["status", "--api", &global.api]).contains("east  here (strait)"));
    drop(zone);
    assert_eq!(global.stop(), Some(0));
}
