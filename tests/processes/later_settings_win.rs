//! Settings: which of them win, and what is said of wrong ones.
use std::{path::Path, process::Command};

const FILE: &str = "
dataDir: from-file
kds: { listen: 0.0.0.0:1111, address: file.example:1111 }
log: { level: debug }
";

fn printed(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let command =
        Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments).envs(variables.iter().copied()).output().unwrap();
    (command.status.code(), String::from_utf8([command.stdout, command.stderr].concat()).unwrap())
}

#[test]
fn flags_over_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("global.yaml"), FILE.trim_start()).unwrap();
    let arguments = ["global", "run", "--print-config", "--config", "global.yaml", "--kds-address", "flag.example:3333"];
    let (code, shown) =
        printed(folder.path(), &[("STRAIT_DATA_DIR", "from-environment"), ("STRAIT_KDS_ADDRESS", "environment.example:2")], &arguments);
    assert_eq!(code, Some(0), "{shown}");
    insta::assert_snapshot!(shown, @r"
    dataDir: from-environment
    kds:
      listen: 0.0.0.0:1111
      address: flag.example:3333
      tls: null
      zoneTokenKeyFile: null
    api:
      listen: 127.0.0.1:5681
    log:
      level: debug
      format: text
    ");
    assert!(!folder.path().join("from-environment").exists(), "printing settings does nothing else");
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("wrong.yaml"), text).unwrap();
    let refused = |arguments: &[&str]| {
        let (code, said) = printed(folder.path(), &[], arguments);
        assert_eq!(code, Some(2), "{said}");
        said
    };
    write("dataDri: x\n");
    assert!(
        refused(&["global", "run", "--config", "wrong.yaml"]).contains("unknown field `dataDri`, expected one of dataDir, kds, api, log")
    );
    assert!(refused(&["global", "run", "--config", "none.yaml"]).contains("the configuration file none.yaml: No such file"));
    assert!(refused(&["global", "run", "--api-listen", "0.0.0.0:5681"]).contains("served on loopback only"));
    assert!(refused(&["global", "run", "--kds-address", "nowhere"]).contains("kds.address: `nowhere` must be a host and a port"));
    assert!(refused(&["global", "run", "--log-level", "loud=x=y"]).contains("log.level"));
    assert!(refused(&["global", "run", "--kds-tls-cert-file", "c"]).contains("certFile, keyFile and caFile belong together"));
    assert!(refused(&["zone", "run"]).contains("name: a zone has a name"));
    assert!(refused(&["zone", "run", "--name", "East!"]).contains("name: `East!`"));
    assert!(refused(&["zone", "run", "--name", "east"]).contains("where is global?"));
    assert!(refused(&["zone", "run", "--name", "east", "--join", "strait1.cut"]).contains("join: it was cut off or changed"));
    assert!(refused(&["zone", "run", "--name", "east", "--global-address", "grpc://x:1"]).contains("must be grpcs://HOST:PORT"));
}
