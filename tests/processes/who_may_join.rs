//! Tokens, authorities, and whoever is no zone.
use crate::cast::{Running, http, refused, says, until};
use std::{fs, io::Write as _, path::Path, time::Duration};
use strait_core::{resource::ZoneName, time::Wall};
use strait_shell::{
    process::wall,
    token::{Bearers, Scope, SigningKey, issue},
};

fn with_token(folder: &Path, name: &str, global: &str, token: Option<&str>) -> Running {
    let mut arguments = vec!["zone", "run", "--name", name, "--global-address", global, "--global-ca-file", "strait-data/global/ca.pem"];
    if let Some(token) = token {
        fs::write(folder.join("token"), token).unwrap();
        arguments.extend(["--global-token-file", "token"]);
    }
    Running::start(folder, &arguments)
}

#[test]
fn only_who_shows_the_token_of_its_own_zone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let port = says(folder, &["zone", "token", "east", "--api", &global.api]);
    assert!(port.starts_with("strait zone run --name east --join strait1."));
    let address = format!("grpcs://{}", global.zones_at());
    let token = says(folder, &["zone", "token", "east", "--bare", "--api", &global.api]);
    for (name, token, why) in [
        ("west", Some(token.as_str()), "the zone token is for zone `east`, not for `west`"),
        ("west", Some("a.b.c"), "the zone token is not valid"),
        ("west", None, "a zone control plane must send a zone token"),
    ] {
        let mut zone = with_token(folder, name, &address, token);
        zone.hears(why, |line| line["why"].as_str().is_some_and(|said| said.contains("global refuses this zone") && said.contains(why)));
        zone.kill();
    }
    assert!(!says(folder, &["status", "--api", &global.api]).contains("west"));
    let _east = with_token(folder, "east", &address, Some(token.as_str()));
    until("east is here", || says(folder, &["status", "--api", &global.api]).contains("east  here (strait)"));
}

#[test]
fn a_token_is_good_until_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = SigningKey::from_pem(SigningKey::generate(Bearers::Zones, 1).unwrap().pem().to_owned()).unwrap();
    fs::write(folder.join("zone-token.pem"), key.pem()).unwrap();
    let arguments = ["global", "run", "--kds-listen", "127.0.0.1:0", "--kds-zone-token-key-file", "zone-token.pem"];
    let global = Running::start(folder, &arguments);
    until("global is ready", || http(&global.api, "/ready").starts_with("HTTP/1.1 200"));
    let two_hours_ago = Wall(wall().0 - 2 * 60 * 60 * 1000);
    let token =
        issue(&key, (&ZoneName::new("east").unwrap(), Scope::ControlPlane), Duration::from_secs(60 * 60), "1", two_hours_ago).unwrap();
    let mut zone = with_token(folder, "east", &format!("grpcs://{}", global.zones_at()), Some(token.reveal()));
    zone.hears("that its token has expired", |line| line["why"].as_str().is_some_and(|why| why.contains("the zone token expired 36")));
    assert!(!says(folder, &["status", "--api", &global.api]).contains("east"));
}

/// Zones that share a global's key file are admitted by each of them, and the key is nobody's resource.
#[test]
fn globals_with_one_key_file_take_each_others_tokens() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = first.path().join("zone-token.pem");
    fs::write(&key, SigningKey::generate(Bearers::Zones, 1).unwrap().pem()).unwrap();
    let key = key.to_str().unwrap();
    let start = |folder: &Path| {
        let global = Running::start(folder, &["global", "run", "--kds-listen", "127.0.0.1:0", "--kds-zone-token-key-file", key]);
        until("global is ready", || http(&global.api, "/ready").starts_with("HTTP/1.1 200"));
        global
    };
    let (one, other) = (start(first.path()), start(second.path()));
    let token = says(first.path(), &["zone", "token", "east", "--bare", "--api", &one.api]);
    let _east = with_token(second.path(), "east", &format!("grpcs://{}", other.zones_at()), Some(&token));
    until("east is here", || says(second.path(), &["status", "--api", &other.api]).contains("east  here (strait)"));
    assert!(!says(first.path(), &["get", "globalsecret", "--api", &one.api]).contains("zone-token-signing-key"));

    let run = |key: &str| {
        let quiet = ["--kds-listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0"];
        refused(first.path(), 2, &[&["global", "run", "--data-dir", "other", "--kds-zone-token-key-file", key][..], &quiet].concat())
    };
    assert!(run("absent.pem").contains("kds.zoneTokenKeyFile: absent.pem: No such file"), "{}", run("absent.pem"));
    fs::write(first.path().join("no.pem"), "no key").unwrap();
    assert!(run("no.pem").contains("kds.zoneTokenKeyFile: no.pem: "), "{}", run("no.pem"));
}

#[test]
fn a_zone_trusts_only_the_authority_that_it_was_given() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let global = Running::global(folder.path());
    let stranger = Running::global(other.path());
    let join = |from: &Running| says(folder.path(), &["zone", "token", "east", "--bare", "--api", &from.api]);
    let at = global.zones_at();
    fs::write(folder.path().join("token"), join(&global)).unwrap();
    let ca = other.path().join("strait-data/global/ca.pem");
    let arguments = [
        "zone",
        "run",
        "--name",
        "east",
        "--global-address",
        &format!("grpcs://{at}"),
        "--global-ca-file",
        ca.to_str().unwrap(),
        "--global-token-file",
        "token",
    ];
    let mut zone = Running::start(folder.path(), &arguments);
    zone.hears("that the certificate is not trusted", |line| {
        line["why"].as_str().is_some_and(|why| why.contains("invalid peer certificate"))
    });
    drop(stranger);
}

#[test]
fn garbage_at_the_zone_port_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut global = Running::start(folder, &["global", "run", "--kds-listen", "127.0.0.1:0"]);
    let at = global.zones_at();
    for _ in 0..20 {
        let mut stream = std::net::TcpStream::connect(&at).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\nwhatever").unwrap();
    }
    // One that says nothing at all is left waiting meanwhile.
    let _silent = std::net::TcpStream::connect(&at).unwrap();
    global.hears("its key", |line| line["message"].as_str().is_some_and(|said| said.contains("made a key")));
    let _zone = Running::zone(folder, "east", &global);
    until("east is here", || says(folder, &["status", "--api", &global.api]).contains("east  here (strait)"));
}
