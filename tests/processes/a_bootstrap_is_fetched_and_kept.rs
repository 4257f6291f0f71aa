//! A launcher asks until it is answered, keeps the answer, and starts with it when nobody answers.
use crate::{
    cast::{Running, says as prints, until},
    launched::{Answering, ENVOY, bootstrap, launcher, says, started},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path, process::Command, time::Duration};
use strait_core::resource::{MeshName, to_yaml};
use strait_shell::{
    process::wall,
    token::{Bearers, DataplaneClaims, DataplaneKeys, SigningKey, issue_dataplane},
};

/// A global and a zone that hold the mesh, and a token for `default/web-1` in the file `token`.
fn mesh(folder: &Path) -> (Running, Running) {
    fs::write(folder.join("mesh.yaml"), "type: Mesh\nname: default\n").unwrap();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    prints(folder, &["apply", "-f", "mesh.yaml", "--api", &global.api]);
    let token = prints(folder, &["token", "dataplane", "--mesh", "default", "--name", "web-1", "--api", &global.api]);
    fs::write(folder.join("token"), token).unwrap();
    let holds = |path: &str| crate::cast::http(&zone.api, path).starts_with("HTTP/1.1 200");
    until("the zone holds the mesh", || holds("/meshes/default"));
    until("the zone holds the key", || holds("/meshes/default/secrets/dataplane-token-signing-key-default-1"));
    (global, zone)
}

const CA: &str = "strait-data/zone-east/ca.pem";

fn at(zone: &Running) -> String {
    format!("https://localhost:{}", zone.proxies.rsplit_once(':').unwrap().1)
}

#[test]
fn of_a_zone_and_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (_global, zone) = mesh(folder);
    let arguments = ["--cp-address", &at(&zone), "--ca-cert-file", CA, "--dataplane-token-file", "token", "--socket-mark", "7"];
    let mut first = Running::spawned(&mut launcher(folder, &arguments));
    first.hears("its bootstrap", |line| line["by"] == at(&zone));
    let (_, told) = started(folder, 1);
    let config = "strait-data/proxy-default-web-1/envoy.yaml";
    let common = "--drain-time-s 30 --drain-strategy immediate --disable-hot-restart --log-level warning";
    assert_eq!(told, format!("--config-path {config} {common}"));
    let written: Value = serde_json::from_str(&fs::read_to_string(folder.join(config)).unwrap()).unwrap();
    assert_eq!(written["node"]["id"], "default.web-1");
    assert!(written["node"]["metadata"]["dataplane.resource"].as_str().unwrap().contains("name: web-1"));
    assert_eq!(written.pointer("/cluster_manager/upstream_bind_config/socket_options/0/int_value"), Some(&json!(7)));
    // Both hold the token.
    for file in [config, "strait-data/proxy-default-web-1/bootstrap.json"] {
        assert_eq!(fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(first.stop(), Some(0));

    zone.kill();
    let mut second = Running::spawned(&mut launcher(folder, &arguments));
    second.hears("that nobody answers", says("no control plane gives a bootstrap; asking on"));
    second.hears("that it starts all the same", says("starting with the one that was kept"));
    started(folder, 2);
    assert_eq!(second.stop(), Some(0));
    // What was kept is no answer to another question.
    let mut third = Running::spawned(&mut launcher(folder, &[&arguments[..7], &["8"]].concat()));
    third.hears("that it is not for this one", says("was for other settings"));
    third.hears("that nobody answers", says("no control plane gives a bootstrap; asking on"));
    assert_eq!(third.stop(), Some(0), "it is also stopped while it asks");
    started(folder, 2);
}

#[test]
fn who_is_refused_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (_global, zone) = mesh(folder);
    let at = at(&zone);
    let refused = |more: &[&str]| {
        let common = ["proxy", "run", "--envoy", ENVOY, "--cp-address", &at, "--ca-cert-file", CA, "--dataplane-token-file", "token"];
        crate::cast::refused(folder, 6, &[&common[..], more].concat())
    };
    drop(launcher(folder, &[]));
    let said = refused(&["--dataplane-file", "dataplane.yaml", "--dataplane-var", "name=web-2"]);
    assert!(said.contains(&format!("strait proxy: the control plane {at} refuses this proxy: 422 Unprocessable Entity: ")), "{said}");
    assert!(!folder.join("started.txt").exists());
}

#[test]
fn a_mesh_and_a_dataplane_may_still_come() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (global, zone) = mesh(folder);
    let at = at(&zone);
    let asks = |mesh: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
        command.current_dir(folder).args(["proxy", "run", "--log-format", "json", "--envoy", ENVOY, "--cp-address", &at]);
        command.args(["--ca-cert-file", CA, "--dataplane-token-file", "token", "--name", "web-1", "--mesh", mesh]);
        Running::spawned(&mut command)
    };
    let mut launcher = asks("default");
    let because = |why: &'static str| move |line: &Value| line["why"].as_str().is_some_and(|said| said.contains(why));
    launcher.hears("that there is none", because("404 Not Found: there is no "));
    let mut other = asks("shop");
    other.hears("that there is no such mesh", because("503 Service Unavailable: mesh: there is no mesh `shop` in this zone (yet)"));
    assert_eq!(other.stop(), Some(0));
    fs::write(
        folder.join("web-1.yaml"),
        "{type: Dataplane, mesh: default, name: web-1, networking: {address: 127.0.0.1, inbound: [{port: 8080, tags: {kuma.io/service: web}}]}}",
    )
    .unwrap();
    prints(folder, &["apply", "-f", "web-1.yaml", "--api", &zone.api]);
    launcher.hears("its bootstrap", |line| line["by"] == at.as_str());
    assert_eq!(launcher.stop(), Some(0));
    drop(global);
}

/// The key that signed its token comes to a zone after the mesh, as any secret that is written later.
#[test]
fn the_key_of_its_token_may_still_come() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    fs::write(folder.join("mesh.yaml"), "type: Mesh\nname: default\n").unwrap();
    prints(folder, &["apply", "-f", "mesh.yaml", "--api", &global.api]);
    until("the zone holds the mesh", || crate::cast::http(&zone.api, "/meshes/default").starts_with("HTTP/1.1 200"));
    let mesh = MeshName::new("default").unwrap();
    let key = SigningKey::generate(Bearers::Proxies(mesh.clone()), 1).unwrap().to_resource().unwrap();
    let mut keys = DataplaneKeys::of(mesh.clone());
    keys.holds(&key).unwrap();
    let claims = DataplaneClaims { mesh, name: None, tags: BTreeMap::new(), workload: None };
    let token = issue_dataplane(&keys, &claims, Duration::from_secs(3600), "id", wall()).unwrap();
    fs::write(folder.join("token"), token.reveal()).unwrap();
    let at = at(&zone);
    let arguments = ["--cp-address", &at, "--ca-cert-file", CA, "--dataplane-token-file", "token"];
    let mut launcher = Running::spawned(&mut launcher(folder, &arguments));
    launcher.hears("that it cannot be told", |line| {
        line["why"]
            .as_str()
            .is_some_and(|why| why.contains("503 Service Unavailable: whether the dataplane token is valid cannot be told (yet)"))
    });
    fs::write(folder.join("key.yaml"), to_yaml(&key)).unwrap();
    prints(folder, &["apply", "-f", "key.yaml", "--api", &global.api]);
    launcher.hears("its bootstrap", |line| line["by"] == at.as_str());
    assert_eq!(launcher.stop(), Some(0));
}

/// One control plane that refuses does not speak for another that may still say yes.
#[test]
fn all_that_answer_must_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let (folder, other) = (folder.path(), other.path());
    let refuses = Answering::start(folder, |_| (422, "no".to_owned()));
    let later = Answering::start(other, |number| if number == 0 { (404, "not here".to_owned()) } else { (200, bootstrap(&json!({}))) });
    let both = ["ca.pem", "other.pem"].map(|file| folder.join(file));
    fs::copy(other.join("ca.pem"), &both[1]).unwrap();
    fs::write(folder.join("both.pem"), both.map(|file| fs::read_to_string(file).unwrap()).concat()).unwrap();
    let addresses = format!("{},{}", refuses.address, later.address);
    let mut launcher = Running::spawned(&mut launcher(folder, &["--ca-cert-file", "both.pem", "--cp-address", &addresses]));
    launcher.hears("both", |line| line["why"].as_str().is_some_and(|why| why.contains(": no") && why.contains(": not here")));
    launcher.hears("its bootstrap", |line| line["by"] == later.address.as_str());
    assert_eq!(launcher.stop(), Some(0));
}

#[test]
fn what_was_kept_counts_unless_the_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = Answering::start(folder, |number| match number {
        0 => (200, bootstrap(&json!({}))),
        1 => (422, "the dataplane cannot be read".to_owned()),
        _ => (422, "the dataplane token was revoked".to_owned()),
    });
    assert_eq!(started_and_stopped(&control_plane, folder, 1), Some(0));
    assert_eq!(started_and_stopped(&control_plane, folder, 2), Some(0));
    assert_eq!(control_plane.launches(folder, &[]).ended(), Some(6));
    started(folder, 2);
}

fn started_and_stopped(control_plane: &Answering, folder: &Path, times: usize) -> Option<i32> {
    let launcher = control_plane.launches(folder, &[]);
    started(folder, times);
    launcher.stop()
}

#[test]
fn after_all_that_may_pass() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = json!({"node": {"id": "default.web-1"}});
    let control_plane = Answering::start(folder, move |number| match number {
        0 => (503, "not\nyet".to_owned()),
        1 => (200, json!({"bootstrap": "###"}).to_string()),
        2 => (200, "x".repeat((1 << 20) + 1)),
        3 => (429, "too many".to_owned()),
        _ => (200, bootstrap(&config)),
    });
    // Nobody listens there.
    let away = format!("https://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let both = format!("{away},{}", control_plane.address);
    let mut launcher =
        Running::spawned(launcher(folder, &["--ca-cert-file", "ca.pem", "--concurrency", "3"]).env("STRAIT_PROXY_CP_ADDRESS", &both));
    for why in ["503 Service Unavailable: not yet", "not in base64", "length limit exceeded", "429 Too Many Requests"] {
        launcher.hears(why, |line| {
            line["why"].as_str().is_some_and(|said| said.contains(why) && said.contains(&away) && said.contains("Connection refused"))
        });
    }
    launcher.hears("its bootstrap", |line| line["by"] == control_plane.address.as_str());
    assert!(started(folder, 1).1.ends_with(" --concurrency 3"));
    let asked = control_plane.asked();
    assert_eq!(asked.len(), 5);
    let asked = &asked[4];
    assert_eq!((asked["mesh"].as_str(), asked["name"].as_str()), (Some("default"), Some("web-1")));
    assert_eq!(asked["version"]["envoy"]["version"], "1.40.0");
    assert_eq!(asked["caCert"].as_str(), Some(fs::read_to_string(folder.join("ca.pem")).unwrap().as_str()));
    assert_eq!(launcher.stop(), Some(0));
}

#[test]
fn from_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let stranger = Answering::start(other.path(), |_| (200, bootstrap(&json!({}))));
    drop(Answering::start(folder.path(), |_| (200, String::new())));
    let mut launcher = stranger.launches(folder.path(), &[]);
    launcher.hears("that it is not trusted", |line| line["why"].as_str().is_some_and(|why| why.contains("invalid peer certificate")));
    assert_eq!(launcher.stop(), Some(0));
    assert!(stranger.asked().is_empty());
}
