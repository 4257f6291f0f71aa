//! Settings: which of them win, and what is said of wrong ones.
use serde_json::{Value, json};
use std::{path::Path, process::Command};

const FILE: &str = "
dataDir: from-file
kds: { listen: 0.0.0.0:1111, address: file.example:1111 }
log: { level: debug }
";

const ZONE_FILE: &str = "
name: east
global: { address: 'grpcs://global.example:5685', caFile: ca.pem }
dns: { address: off, mesh: shop, listeners: [{ address: '127.0.0.1:5654', mesh: other }] }
ipam: { meshService: { cidr: 10.0.0.0/16 } }
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
    write("a certificate authority\n");
    let zone = |more: &[&str]| {
        let upstream = ["--name", "east", "--global-address", "grpcs://x:1", "--global-ca-file", "wrong.yaml"];
        refused(&[&["zone", "run"][..], &upstream, more].concat())
    };
    let said = zone(&["--ipam-mesh-service-cidr", "241.0.0.0/33"]);
    assert!(said.contains("ipam.meshService.cidr: `241.0.0.0/33`: its length must be 8 to 30; allowed is a block of"), "{said}");
    let said = zone(&["--ipam-mesh-service-cidr", "fd00::/64"]);
    assert!(said.contains("ipam.meshService.cidr: `fd00::/64`: it does not begin with an IPv4 address; allowed is"), "{said}");
    let said = zone(&["--dns-address", "5653"]);
    assert!(said.contains("dns.address: `5653` must be an IP address and a port, such as 0.0.0.0:5653, or `off`"), "{said}");
    assert!(zone(&["--dns-mesh", "Shop"]).contains("dns.mesh: `Shop`: "));
    let cluster =
        |more: &[&str]| zone(&[&["--environment", "kubernetes", "--data-dir", "d", "--api-listen", "127.0.0.1:0"], more].concat());
    assert!(zone(&["--environment", "mars"]).contains("[possible values: universal, kubernetes]"));
    let said = cluster(&["--kubernetes-system-namespace", "Kuma"]);
    assert!(said.contains("kubernetes.systemNamespace: `Kuma` must be the name of a namespace"), "{said}");
    assert!(zone(&["--dns-listener", "127.0.0.1:1"]).contains("dns.listeners: `127.0.0.1:1` must be MESH=IP:PORT"));
}

#[test]
fn a_zones_range_and_where_it_answers_too() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("ca.pem", "a certificate authority\n");
    write("zone.yaml", ZONE_FILE.trim_start());
    let shown = |variables: &[(&str, &str)], more: &[&str]| -> Value {
        let (code, shown) =
            printed(folder.path(), variables, &[&["zone", "run", "--print-config", "--config", "zone.yaml"][..], more].concat());
        assert_eq!(code, Some(0), "{shown}");
        serde_saphyr::from_str(&shown).unwrap()
    };
    let settings = shown(
        &[("STRAIT_IPAM_MESH_SERVICE_CIDR", "10.1.0.0/16")],
        &["--dns-mesh", "flag", "--ipam-mesh-multi-zone-service-cidr", "10.2.0.0/16"],
    );
    assert_eq!(settings["ipam"], json!({"meshService": {"cidr": "10.1.0.0/16"}, "meshMultiZoneService": {"cidr": "10.2.0.0/16"}}));
    let other = json!([{"address": "127.0.0.1:5654", "mesh": "other"}]);
    assert_eq!(settings["dns"], json!({"address": "off", "mesh": "flag", "listeners": other}));
    let settings = shown(&[("STRAIT_DNS_ADDRESS", "127.0.0.1:1"), ("STRAIT_DNS_LISTENERS", "a=127.0.0.1:2,b=[::1]:3")], &[]);
    let several = json!([{"address": "127.0.0.1:2", "mesh": "a"}, {"address": "[::1]:3", "mesh": "b"}]);
    assert_eq!(settings["dns"], json!({"address": "127.0.0.1:1", "mesh": "shop", "listeners": several}));
    assert_eq!(settings["ipam"], json!({"meshService": {"cidr": "10.0.0.0/16"}, "meshMultiZoneService": {"cidr": "243.0.0.0/8"}}));
    assert_eq!((&settings["environment"], &settings["kubernetes"]), (&json!("universal"), &Value::Null));
    let cluster = ["--environment", "kubernetes", "--kubernetes-system-namespace", "mesh-system"];
    let settings = shown(&[("KUBECONFIG", "one:two")], &cluster);
    assert_eq!(settings["environment"], "kubernetes");
    assert_eq!(settings["kubernetes"], json!({"kubeconfig": ["one", "two"], "context": null, "systemNamespace": "mesh-system"}));
    write("zone.yaml", &ZONE_FILE.trim_start().replace("127.0.0.1:5654", "nowhere"));
    let (code, said) = printed(folder.path(), &[], &["zone", "run", "--config", "zone.yaml"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("dns.listeners[0].address: `nowhere` must be an IP address and a port"), "{said}");
}
