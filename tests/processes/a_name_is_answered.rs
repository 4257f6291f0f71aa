//! A zone gives its services addresses and names, and answers for them: also when global is away, and after a restart.
use crate::{
    asked::{NO_ERROR, NO_SUCH_NAME, REFUSED, SERVER_FAILURE, over_tcp, over_udp},
    cast::{Running, answer, refused, says, until},
};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    path::Path,
};

const GENERATOR: &str = "type: Mesh
name: default
---
type: HostnameGenerator
name: corp
spec:
  selector: { meshService: { matchLabels: { kuma.io/zone: east } } }
  template: '{{ .DisplayName }}.{{ .Zone }}.corp'
";

const SERVICE: &str = "type: MeshService
mesh: default
name: web
spec:
  selector: { dataplaneTags: { app: web } }
  ports: [{ port: 80 }]
";

/// What is answered over both, which must be the same.
fn asked(zone: &Running, name: &str) -> (u8, Option<Ipv4Addr>) {
    let answer = over_udp(&zone.dns, name);
    assert_eq!(over_tcp(&zone.dns, name), answer, "{name}");
    answer
}

fn apply(folder: &Path, what: &str, api: &str) {
    fs::write(folder.join("applied.yaml"), what).unwrap();
    says(folder, &["apply", "-f", "applied.yaml", "--api", api]);
}

fn status(zone: &Running) -> serde_json::Value {
    let (code, said) = answer(&zone.api, "GET", "/meshes/default/meshservices/web", "");
    assert_eq!(code, 200, "{said}");
    serde_json::from_str::<serde_json::Value>(&said).unwrap()["status"].clone()
}

#[test]
fn with_and_without_global_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    assert_eq!(asked(&zone, "web.svc.mesh.local"), (SERVER_FAILURE, None), "the mesh is not held yet");
    apply(folder, GENERATOR, &global.api);
    until("the mesh and the generator are held", || says(folder, &["get", "hostnamegenerators", "--api", &zone.api]).contains("corp"));
    assert_eq!(asked(&zone, "web.svc.mesh.local"), (NO_SUCH_NAME, None));
    apply(folder, SERVICE, &zone.api);

    let (code, address) = asked(&zone, "web.svc.mesh.local");
    assert_eq!((code, address), (NO_ERROR, Some(Ipv4Addr::new(241, 0, 0, 0))));
    assert_eq!(asked(&zone, "WEB.east.corp"), (NO_ERROR, address));
    assert_eq!(asked(&zone, "east.corp"), (NO_ERROR, None));
    assert_eq!(asked(&zone, "api.east.corp"), (NO_SUCH_NAME, None));
    assert_eq!(asked(&zone, "example.com"), (REFUSED, None));
    let shown = status(&zone);
    assert_eq!(shown["vips"], serde_json::json!([{"ip": "241.0.0.0"}]), "{shown}");
    let names: Vec<&str> = shown["addresses"].as_array().unwrap().iter().filter_map(|address| address["hostname"].as_str()).collect();
    assert_eq!(names, ["web.east.corp", "web.svc.mesh.local"]);
    // What is shown may be applied again, and is not stored.
    let shown = says(folder, &["get", "MeshService", "web", "--output", "yaml", "--api", &zone.api]);
    assert!(shown.contains("vips:") && shown.contains("241.0.0.0"), "{shown}");
    apply(folder, &shown, &zone.api);
    let on_global = || answer(&global.api, "GET", "/meshes/default/meshservices", "").1;
    until("global holds the service", || on_global().contains("web"));
    assert!(!on_global().contains("241.0.0.0"), "{}", on_global());

    global.kill();
    assert_eq!(asked(&zone, "web.east.corp"), (NO_ERROR, address));
    zone.kill();
    let nowhere = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
    let zone = Running::start(folder, &[&["zone", "run", "--name", "east"][..], &nowhere[..]].concat());
    // It may be asked before it has read what it knows, and says so then.
    until("it has read what it knows", || over_udp(&zone.dns, "web.east.corp").0 != SERVER_FAILURE);
    assert_eq!(asked(&zone, "web.east.corp"), (NO_ERROR, address));
    assert_eq!(zone.stop(), Some(0));
}

#[test]
fn where_the_settings_say_and_about_which_mesh() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    apply(folder, "type: Mesh\nname: default\n---\ntype: Mesh\nname: shop\n", &global.api);
    let line = says(folder, &["zone", "token", "east", "--api", &global.api]);
    let joining: Vec<&str> = line.split_whitespace().skip(1).collect();
    let settings = ["--ipam-mesh-service-cidr", "10.99.0.0/16", "--dns-listener", "shop=127.0.0.1:0"];
    let zone = Running::start(folder, &[&joining[..], &settings].concat());
    let (first, second) = zone.dns.split_once(", ").unwrap();
    until("the meshes are held", || says(folder, &["get", "meshes", "--api", &zone.api]).contains("shop"));
    apply(folder, &SERVICE.replace("mesh: default", "mesh: shop"), &zone.api);
    assert_eq!(over_udp(first, "web.svc.mesh.local"), (NO_SUCH_NAME, None));
    assert_eq!(over_tcp(second, "web.svc.mesh.local"), (NO_ERROR, Some(Ipv4Addr::new(10, 99, 0, 0))));
    // Whoever asks from where a proxy of a mesh is, asks about that mesh.
    apply(folder, &SERVICE.replace("web", "api"), &zone.api);
    assert_eq!(over_udp(second, "api.svc.mesh.local"), (NO_SUCH_NAME, None));
    let proxy = "type: Dataplane\nmesh: default\nname: one\nnetworking: { address: 127.0.0.1, inbound: [{ port: 8080, servicePort: 80, serviceAddress: 127.0.0.2, tags: { kuma.io/service: x } }] }\n";
    apply(folder, proxy, &zone.api);
    assert_eq!(over_udp(second, "api.svc.mesh.local"), (NO_ERROR, Some(Ipv4Addr::new(10, 99, 0, 1))));
}

#[test]
fn nowhere_if_it_is_told_so_or_the_port_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Running::global(folder).kill();
    let upstream = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
    let zone = |more: &[&str]| {
        [&["zone", "run", "--name", "east"][..], &upstream, more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let words = zone(&["--dns-address", "off"]);
    let running = Running::start(folder, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(running.dns, "off");
    running.kill();
    // At an address of their own: what other tests connect from takes no port there that is to be free.
    let tcp = TcpListener::bind("127.0.0.77:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.77:0").unwrap();
    for (over, taken) in [("TCP", tcp.local_addr().unwrap()), ("UDP", udp.local_addr().unwrap())] {
        let at = taken.to_string();
        let words = zone(&["--api-listen", "127.0.0.1:0", "--dns-address", &at]);
        let said = refused(folder, 3, &words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(said.contains(&format!("the resolver ({over}) cannot listen on {at}: Address already in use")), "{said}");
    }
}

/// More services than there are addresses for; and more addresses, later.
#[test]
fn a_range_that_is_used_up_is_said_and_may_be_larger_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    apply(folder, "type: Mesh\nname: default\n", &global.api);
    let line = says(folder, &["zone", "token", "east", "--api", &global.api]);
    let joining: Vec<&str> = line.split_whitespace().skip(1).collect();
    let zone = Running::start(folder, &[&joining[..], &["--ipam-mesh-service-cidr", "10.99.0.0/30"]].concat());
    until("the mesh is held", || says(folder, &["get", "meshes", "--api", &zone.api]).contains("default"));
    let services: Vec<String> = ["a", "b", "c", "d", "web"].iter().map(|name| SERVICE.replace("web", name)).collect();
    services.iter().for_each(|service| apply(folder, service, &zone.api));
    let given = asked(&zone, "a.svc.mesh.local");
    assert_eq!(given, (NO_ERROR, Some(Ipv4Addr::new(10, 99, 0, 0))));
    assert_eq!(asked(&zone, "web.svc.mesh.local"), (NO_ERROR, None));
    let shown = says(folder, &["status", "--api", &zone.api]);
    assert!(shown.lines().any(|line| line.starts_with("MeshService default/web of east") && line.contains("it gets the next")), "{shown}");
    zone.kill();

    let zone = Running::start(folder, &[&joining[..], &["--ipam-mesh-service-cidr", "10.99.0.0/29"]].concat());
    until("it has read what it knows", || over_udp(&zone.dns, "web.svc.mesh.local").0 != SERVER_FAILURE);
    assert_eq!(asked(&zone, "web.svc.mesh.local"), (NO_ERROR, Some(Ipv4Addr::new(10, 99, 0, 4))));
    assert_eq!(asked(&zone, "a.svc.mesh.local"), given);
    let shown = says(folder, &["status", "--api", &zone.api]);
    assert!(!shown.contains("WITHOUT AN ADDRESS"), "{shown}");
}
