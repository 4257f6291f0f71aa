//! Flags, files and folders of a launcher: what is wrong with them is said, with the flag.
use crate::{
    cast::{Running, strait},
    launched::{Answering, ENVOY, bootstrap, started},
};
use serde_json::json;
use std::{fs, process::Command};

#[test]
fn with_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = Answering::start(folder, |_| (200, bootstrap(&json!({}))));
    drop(control_plane.launcher(folder, &[]));
    fs::write(folder.join("empty"), "\n").unwrap();
    fs::write(folder.join("mesh.yaml"), "type: Mesh\nname: default\n").unwrap();
    fs::write(folder.join("two.yaml"), "type: Mesh\nname: default\n---\ntype: Mesh\nname: other\n").unwrap();
    let refused = |arguments: &[&str]| crate::cast::refused(folder, 2, &[&["proxy", "run"], arguments].concat());
    let (at, ca) = (["--cp-address", &control_plane.address], ["--ca-cert-file", "ca.pem"]);
    assert!(refused(&at).contains("strait proxy: --ca-cert-file: whom to trust?"));
    assert!(refused(&ca).contains("--cp-address: where is a control plane of the zone?"));
    assert!(refused(&["--cp-address", "https://x:1", "--ca-cert-file", "none.pem"]).contains("--ca-cert-file: none.pem: No such file"));
    assert!(
        refused(&["--cp-address", "https://x:1", "--ca-cert-file", "empty"]).contains("--ca-cert-file: empty: the certificate authority: ")
    );
    for wrong in ["http://x:1", "x:1", "https://x", "https://:1", "https://x:y"] {
        let said = refused(&["--cp-address", &format!("https://x:1,{wrong}"), ca[0], ca[1]]);
        assert!(said.contains(&format!("--cp-address: `{wrong}` must be https://HOST:PORT")), "{said}");
    }
    let more = |arguments: &[&str]| refused(&[&at, &ca, arguments].concat());
    assert!(more(&[]).contains("--dataplane-file: which proxy is it?"));
    let file = |name: &str| more(&["--dataplane-file", name, "--envoy", ENVOY]);
    assert!(file("none.yaml").contains("--dataplane-file: none.yaml: No such file"));
    assert!(
        file("dataplane.yaml")
            .contains("--dataplane-file: dataplane.yaml: line 3: the variable `name` is not set: `--dataplane-var name=VALUE`")
    );
    assert!(file("mesh.yaml").contains("--dataplane-file: mesh.yaml: it must hold a Dataplane, not a Mesh"));
    assert!(file("two.yaml").contains("--dataplane-file: two.yaml: it must hold one Dataplane, not 2 resources"));
    assert!(more(&["--dataplane-file", "dataplane.yaml", "--name", "x"]).contains("cannot be used with"));
    assert!(more(&["--name", "x", "--dataplane-var", "x"]).contains("a variable is NAME=VALUE"));
    assert!(more(&["--name", "X!"]).contains("--name"));
    assert!(more(&["--name", "x", "--drain-time", "30"]).contains("a time with its unit, such as `30s`"));
    assert!(
        more(&["--name", "x", "--dataplane-token-file", "empty"]).contains("--dataplane-token-file: empty: there must be one token in it")
    );
    assert!(more(&["--name", "x", "--log-level", "loud=x=y"]).contains("log.level"));
    assert!(more(&["--name", "x", "--envoy", "no-envoy"]).contains("--envoy: there is no program no-envoy: install Envoy 1.36 or later"));
    assert!(more(&["--name", "x", "--envoy", "echo"]).contains("--envoy: echo does not say its version as Envoy does"));
    assert!(control_plane.asked().is_empty());
    assert!(!folder.join("strait-data").exists(), "nothing is left behind");
}

#[test]
fn about_an_old_envoy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = Answering::start(folder, |_| (200, bootstrap(&json!({}))));
    let output = control_plane.launcher(folder, &[]).env("FAKE_ENVOY_VERSION", "1.35.9").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("is Envoy 1.35.9, but 1.36 or later is needed"), "{said}");
    // One that is new enough, but counts the processors of the whole machine.
    let launcher = Running::spawned(control_plane.launcher(folder, &[]).env("FAKE_ENVOY_VERSION", "1.39.1"));
    assert!(started(folder, 1).1.ends_with(" --cpuset-threads"));
    assert_eq!(launcher.stop(), Some(0));
}

#[test]
fn about_a_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let control_plane = Answering::start(folder, |_| (200, bootstrap(&json!({}))));
    let launcher = control_plane.launches(folder, &[]);
    started(folder, 1);
    let refused = |arguments: &[&str]| {
        let output = control_plane.launcher(folder, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{said}");
        said
    };
    assert!(refused(&[]).contains(&format!("strait-data/proxy-default-web-1 is in use by process {}", launcher.pid())));
    assert!(refused(&["--data-dir", "ca.pem"]).contains("the data directory ca.pem: "));
    assert_eq!(launcher.stop(), Some(0));
    let other = ["--data-dir", "strait-data/proxy-default-web-1", "--dataplane-var", "name=web-2"];
    assert!(refused(&other).contains("this is the data directory of proxy default/web-1, not of proxy default/web-2"));
    // A control plane does not start from it, either.
    let global = strait(folder, &["global", "run", "--data-dir", "strait-data/proxy-default-web-1"]);
    let said = String::from_utf8_lossy(&global.stderr);
    assert!(said.contains("this is the data directory of proxy default/web-1, not of global"), "{said}");
}

/// Signals also end a launcher that has not got far.
#[test]
fn and_stops_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(Answering::start(folder, |_| (200, String::new())));
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.current_dir(folder).args(["proxy", "run", "--name", "web-1", "--envoy", ENVOY, "--log-format", "json"]);
    let mut launcher = Running::spawned(command.args(["--cp-address", "https://localhost:1", "--ca-cert-file", "ca.pem"]));
    launcher.hears("its start", |line| line["proxy"] == "default/web-1");
    assert_eq!(launcher.stop(), Some(0));
}
